// SPDX-License-Identifier: GPL-2.0-only
/** Climbs the protocol ladder on one path of a live lab, in one direction. */

import {
  answerPlanText,
  climbPlanText,
  IPV6_RUNGS,
  type LadderEnd,
  type LadderTask,
  ladderAddress6,
  parseAnswered,
  parseClimb,
  rungsOf,
  untried,
  whyNotCarried,
  withSeen,
} from '../../diagnose/ladder.ts';
import type { ToolEnd } from '../../machines/tools.ts';
import { HoplabError } from '../../model/errors.ts';
import { type ClimbedLadder, RUNGS, type Rung, type RungResult } from '../../model/ladder.ts';
import { type Direction, HOST1, type Place } from '../../model/place.ts';
import type { PathPlan } from '../../model/plan.ts';
import { deadlineMs } from '../../system/deadline.ts';
import { Scope } from '../../system/scope.ts';
import { type Lab, toolsAt } from '../live/open.ts';
import { deviceOf } from './ladder-devices.ts';
import { enableIpv6 } from './ladder-ipv6.ts';

export interface ClimbRequest {
  /** With the path's NIC plugged into its guest. */
  readonly lab: Lab;
  readonly path: PathPlan;
  readonly direction: Direction;
  /** Default: all. */
  readonly rungs?: readonly Rung[];
  readonly signal: AbortSignal;
}

/** A wholly dead path takes some 8 s. */
const CLIMB_MS = 40_000;

/**
 * Results of the wanted rungs in the ladder's order; those that the path does not promise are not-applicable. Throws
 * SERVICE_FAILED where a side could not be run at all: what fails on the path is a result.
 */
export async function climbPath(request: ClimbRequest): Promise<ClimbedLadder> {
  const { lab, path, direction, signal } = request;
  const wanted = RUNGS.filter((rung) => request.rungs?.includes(rung) ?? true);
  const reach = path.backendPlan.reach[direction];
  const skipped = wanted.flatMap((rung) => {
    const reason = whyNotCarried(path, direction, rung);
    return reason === null ? [] : [untried(rung, 'not-applicable', reason)];
  });
  const carried = wanted.filter((rung) => !skipped.some((result) => result.rung === rung));
  if (reach.kind === 'unreachable' || carried.length === 0) {
    const far = reach.kind === 'reachable' ? reach.server : HOST1;
    return { path: path.name, direction, far, rungs: skipped, seen: {} };
  }
  await using scope = new Scope();
  const place = (where: Place) => ({ lab, path, where, signal });
  const server = await deviceOf(place(reach.server), reach.listen);
  const client = await deviceOf(place(reach.client), null);
  const no6 = carried.some((rung) => IPV6_RUNGS.includes(rung))
    ? await enableIpv6([client, server], { lab, path, scope, signal })
    : 'not asked for';
  const address6 = (where: Place) => (no6 === null ? ladderAddress6(path.index, where) : null);
  const ends = {
    client: { ...client, address6: address6(reach.client) } satisfies LadderEnd,
    server: { ...server, address6: address6(reach.server) } satisfies LadderEnd,
  };
  const { rungs, without } = rungsOf(carried, { ...ends, no6 });
  const task = { index: path.index, port: path.port, ...ends, connect: reach.connect, rungs };
  const { results, seen } = await climb(request, task);
  const all = new Map([...skipped, ...without, ...results].map((result) => [result.rung, result]));
  const inOrder = wanted.flatMap((rung) => all.get(rung) ?? []);
  return { path: path.name, direction, far: reach.server, rungs: inOrder, seen };
}

async function climb(
  { lab, path, direction, signal }: ClimbRequest,
  task: LadderTask,
): Promise<{ results: readonly RungResult[]; seen: ClimbedLadder['seen'] }> {
  const where = `${path.name}, ${direction}`;
  const near = toolsAt(task.client.place, lab);
  const far = toolsAt(task.server.place, lab);
  const tool = 'ladder';
  const answering = await far.start({
    tool,
    words: ['answer'],
    input: answerPlanText(task),
    name: `ladder-answer-${path.name}`,
    signal,
  });
  const climbed = await near
    .run({
      tool,
      words: ['climb'],
      input: climbPlanText(task),
      name: `ladder-climb-${path.name}`,
      signal,
      timeoutMs: CLIMB_MS,
    })
    .catch(async (error: unknown) => {
      await answering.stop().catch(() => undefined); // the climb's own failure is the one to tell
      throw error;
    });
  const answered = await answering.stop();
  const output = outputOf(climbed, 'climb', where);
  const counts = parseAnswered(outputOf(answered, 'answer', where));
  const results = withSeen(parseClimb(output, task.rungs), counts, task.server.place);
  return { results, seen: counts.seen };
}

function outputOf(end: ToolEnd | null, role: string, where: string): string {
  if (end?.code === 0) return end.output.toString('utf8');
  const came =
    end === null
      ? `not at its end after ${deadlineMs(CLIMB_MS)} ms`
      : `${end.signal ?? `status ${end.code}`}: ${end.said}`;
  throw new HoplabError({
    code: 'SERVICE_FAILED',
    message: `run hoplab-ladder ${role} on ${where}: ${came}`,
    hint: 'hoplab shell opens the same lab to look around',
  });
}
