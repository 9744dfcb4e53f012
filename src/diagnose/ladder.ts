// SPDX-License-Identifier: GPL-2.0-only
/** The protocol ladder of one path and direction: which rungs apply, the plans of both roles, and what came of it. Pure. */

import { z } from 'zod';
import { HoplabError } from '../model/errors.ts';
import { RUNGS, type Rung, type RungResult, seenSchema } from '../model/ladder.ts';
import type { Direction, Place } from '../model/place.ts';
import type { PathPlan } from '../model/plan.ts';
import type { Shape } from '../model/shape.ts';

/** One end of a climb: the addresses that it has, and the device that carries them. */
export interface LadderEnd {
  readonly place: Place;
  /** null = none has the address: no rung of layer 2 is tried. */
  readonly device: string | null;
  readonly address: string;
  /** null = no IPv6 here. */
  readonly address6: string | null;
}

/** Both ends of a climb; `connect` is what the client knows the server by. */
export interface LadderTask {
  readonly index: number;
  readonly port: number;
  readonly client: LadderEnd;
  readonly server: LadderEnd;
  readonly connect: string;
  readonly rungs: readonly Rung[];
}

/** What the answering side says when it ends. */
const answeredLine = z.object({
  /** As it was at the end; null = there is none. */
  device: z.object({ name: z.string(), up: z.boolean(), carrier: z.boolean() }).nullable(),
  seen: seenSchema,
});
export type Answered = Shape<typeof answeredLine>;

/** Bytes of tcp-bulk, each way: a second and a half on the slowest path that passes. */
const BULK_BYTES = 2_000_000;

/** Tries, and the time for all of them where none is answered; a first packet takes 250 ms in an emulated guest. */
const PATIENCE: Readonly<Record<Rung, readonly [tries: number, ms: number]>> = {
  link: [1, 1],
  arp: [5, 1400],
  icmp: [5, 1400],
  'udp-small': [5, 1400],
  'udp-large': [3, 1200],
  'tcp-connect': [3, 1200],
  'tcp-small': [3, 1200],
  'tcp-bulk': [2, 1500],
  mtu: [2, 900],
  vlan: [3, 800],
  nd: [5, 1200],
  ipv6: [3, 1000],
  'ipv6-udp': [3, 1000],
  'ipv6-tcp': [2, 1000],
  broadcast: [3, 800],
  multicast: [3, 800],
};

/** Rungs that need IPv6 at both ends. */
export const IPV6_RUNGS: readonly Rung[] = ['nd', 'ipv6', 'ipv6-udp', 'ipv6-tcp'];
const DEVICE_RUNGS: readonly Rung[] = ['link', 'arp', 'mtu', 'vlan', 'nd', 'broadcast', 'multicast'];

/** Why a rung is not climbed on this path in this direction; null = it is. */
export function whyNotCarried({ backendPlan }: PathPlan, direction: Direction, rung: Rung): string | null {
  const reach = backendPlan.reach[direction];
  if (reach.kind === 'unreachable') return reach.reason;
  return backendPlan.notCarried?.[direction][rung] ?? null;
}

/** The address of a place on path `index` while it is climbed: a unique local subnet a path (RFC 4193, "hlla"). */
export function ladderAddress6(index: number, place: Place): string {
  return `${ladderPrefix6(index)}${{ host1: 1, host2: 2, guest: 3 }[place]}`;
}

/** "fd68:6c6c:6100:4::": the subnet of path 4. */
export function ladderPrefix6(index: number): string {
  return `fd68:6c6c:6100:${index.toString(16)}::`;
}

/** The rungs of a task, the simplest first, without those that its ends cannot try; those are in `without`. */
export function rungsOf(
  wanted: readonly Rung[],
  ends: { readonly client: LadderEnd; readonly server: LadderEnd; readonly no6: string | null },
): { readonly rungs: readonly Rung[]; readonly without: readonly RungResult[] } {
  const why = (rung: Rung): string | null => {
    if (IPV6_RUNGS.includes(rung) && ends.no6 !== null) return ends.no6;
    if (ends.client.device === null && DEVICE_RUNGS.includes(rung)) return `no device of ${ends.client.place} is known`;
    return null;
  };
  const inOrder = RUNGS.filter((rung) => wanted.includes(rung));
  return {
    rungs: inOrder.filter((rung) => why(rung) === null),
    without: inOrder.flatMap((rung) => {
      const detail = why(rung);
      return detail === null ? [] : [untried(rung, 'not-applicable', detail)];
    }),
  };
}

/** A rung that was not climbed. */
export function untried(rung: Rung, outcome: 'not-applicable' | 'not-tried', detail: string): RungResult {
  return { rung, outcome, detail, sent: 0, answered: 0, errno: null, ms: 0 };
}

/** stdin of `hoplab-ladder answer`. */
export function answerPlanText(task: LadderTask): string {
  return planText([...endLines(task.server), ...sharedLines(task)]);
}

/** stdin of `hoplab-ladder climb`. */
export function climbPlanText(task: LadderTask): string {
  return planText([
    ...endLines(task.client),
    `remote ${task.connect}`,
    ...(task.server.address6 === null ? [] : [`remote6 ${task.server.address6}`]),
    ...sharedLines(task),
    `bulk ${BULK_BYTES}`,
    ...task.rungs.map((rung) => `rung ${rung} ${PATIENCE[rung].join(' ')}`),
  ]);
}

function endLines({ device, address, address6 }: LadderEnd): string[] {
  return [
    ...(device === null ? [] : [`device ${device}`]),
    `local ${address}`,
    ...(address6 === null ? [] : [`local6 ${address6}`]),
  ];
}

/** A VLAN and a group that no lab uses; the group is of the scope that leaves no site (RFC 2365). */
function sharedLines({ port, index }: LadderTask): string[] {
  return [`port ${port}`, `vlan ${3900 + index}`, `group 239.255.104.${index + 1}`];
}

function planText(lines: readonly string[]): string {
  return [...lines, 'go', ''].join('\n');
}

const natural = z.int().nonnegative();
const resultLine = z.object({
  rung: z.enum(RUNGS),
  outcome: z.enum(['pass', 'fail']),
  sent: natural,
  answered: natural,
  errno: z.string().nullable(),
  detail: z.string(),
  data: z.record(z.string(), z.union([z.string(), z.number()])),
  ms: z.number().nonnegative(),
});

/** Results of `climb`, in the order of `rungs`; one that has no line is not-tried. Throws SERVICE_FAILED for lines of another kind. */
export function parseClimb(output: string, rungs: readonly Rung[]): RungResult[] {
  const results = new Map<Rung, RungResult>();
  for (const line of output.split('\n').filter((text) => text.trim() !== '')) {
    const { data, ...result } = parseLine(line, resultLine, 'climb');
    if (!rungs.includes(result.rung) || results.has(result.rung)) throw strange('climb', line);
    results.set(result.rung, Object.keys(data).length === 0 ? result : { ...result, data });
  }
  return rungs.map((rung) => results.get(rung) ?? untried(rung, 'not-tried', 'the climb ended before it'));
}

/** What `answer` said when it ended; the line "ready" before it is taken off already. */
export function parseAnswered(output: string): Answered {
  const { seen, device } = parseLine(output.trim(), answeredLine, 'answer');
  return { seen, device };
}

function parseLine<T>(line: string, schema: z.ZodType<T>, role: string): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw strange(role, line);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw strange(role, line);
  return parsed.data;
}

function strange(role: string, line: string): HoplabError {
  return new HoplabError({
    code: 'SERVICE_FAILED',
    message: `read the results of hoplab-ladder ${role}: "${line.slice(0, 200)}" is not one`,
    hint: 'hoplab setup builds the native parts that belong to this version',
  });
}

/** The results with what the far side saw of those that failed: whether the requests or the answers are lost. */
export function withSeen(results: readonly RungResult[], { seen, device }: Answered, far: Place): RungResult[] {
  return results.map((result) => {
    const { rung, outcome, detail } = result;
    if (rung === 'link' && device !== null && !(device.up && device.carrier)) {
      const state = device.up ? 'without carrier' : 'down';
      return { ...result, outcome: 'fail', detail: `${detail}; ${device.name} of ${far} is ${state}` };
    }
    if (outcome !== 'fail' || result.sent === 0) return result;
    return { ...result, detail: `${detail}; ${arrival(seen, rung, far)}` };
  });
}

/** SYNs do not say which rung they belong to: the far side counts them under these. */
const SYNS: Partial<Record<Rung, Rung>> = { 'tcp-small': 'tcp-connect', 'tcp-bulk': 'tcp-connect' };

function arrival(seen: Answered['seen'], rung: Rung, far: Place): string {
  const { requests = 0, frames = 0 } = seen[rung] ?? {};
  if (requests > 0) return `${count(requests, 'request')} arrived at ${far}`;
  if (frames > 0) return `${count(frames, 'frame')} arrived at ${far}, and its own stack took none`;
  const syns = SYNS[rung];
  const other = syns === undefined ? 0 : (seen[syns]?.frames ?? 0);
  return other > 0 ? `only SYNs arrived at ${far}` : `nothing arrived at ${far}`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
