// SPDX-License-Identifier: GPL-2.0-only
/** What all work that measures blocks has around it: its run folder is opened, filled and ended here. */
import { basename } from 'node:path';
import type { Knowledge } from '../../machines/machine.ts';
import type { LoadState } from '../../model/environment.ts';
import { HoplabError } from '../../model/errors.ts';
import type { LabSpec } from '../../model/lab-spec.ts';
import type { MachineFacts, Plan } from '../../model/plan.ts';
import type { Progress } from '../../model/progress.ts';
import type { UnavailablePath, Warning } from '../../model/result.ts';
import { createRunFolder, type RunFolder, type RunStart } from '../../run-store/create-run-folder.ts';
import { readRun } from '../../run-store/read-run.ts';
import { expiresAfter } from '../../system/deadline.ts';
import { holdMachine, type MachineWish } from '../../system/measuring-lock.ts';
import { toolVersion } from '../../system/paths.ts';
import { beforeGuest } from '../live/environment.ts';
import { planGuest } from '../live/guest-parts.ts';
import { knowledgeOf } from '../plan/host-steps.ts';
import { knownForRun } from '../plan/needs.ts';
import { recordPlan } from '../plan/record-plan.ts';
import type { NextRound } from './add-draws.ts';
import { Measuring, type MeasuringParts } from './measuring.ts';

const LOAD_MS = 5000;

/** What a user asks of any such work. */
export interface RecordRequest extends MachineWish {
  readonly spec: LabSpec;
  readonly runsRoot: string;
  readonly label: string | null;
  readonly argv: readonly string[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** What differs between the experiments. */
export interface RecordedWork extends Pick<RunStart, 'kind'>, Pick<MeasuringParts, 'explainLoss'> {
  /** What to type again when it was interrupted: "run". */
  readonly command: string;
  /** Throws where no block can be planned: nothing has been touched by then. */
  readonly plan: (facts: MachineFacts, unavailable: readonly UnavailablePath[]) => Plan;
  /** What the plan itself has to tell the reader; default nothing. */
  readonly warnings?: (plan: Plan) => readonly Warning[];
  /** What asks for blocks beyond the plan, after a look at the folder; absent = nothing does. */
  readonly nextRound?: (folder: RunFolder, plan: Plan) => NextRound;
  /** What watches the blocks of this folder; absent = none is watched. */
  readonly watchOf?: (folder: RunFolder) => NonNullable<MeasuringParts['watchOf']>;
  /** The text of results.json; throws where the finished folder has nothing to show. Absent: none is kept. */
  readonly results?: (folder: RunFolder) => Promise<string>;
}

export interface RecordOutcome {
  readonly folder: string;
  readonly interrupted: boolean;
}

/**
 * Records one run folder from its plan to its results. A failure inside is a failed cell of it; only what leaves nothing to
 * report is thrown. Interrupted work keeps its finished blocks.
 */
export async function recordBlocks(request: RecordRequest, work: RecordedWork): Promise<RecordOutcome> {
  const { spec, progress, signal } = request;
  const { facts, unavailable } = await knownForRun(spec, signal);
  const plan = work.plan(facts, unavailable);
  const machine = knowledgeOf(plan.machines);
  // Before anything is touched: a kernel that is none fails the whole, not one cell after the other.
  const guest = { name: spec.name, slots: plan.slots, paths: plan.paths, signal };
  const guestPlan = plan.guests === 0 ? null : await planGuest(spec.guest, guest);
  await using _lock = await holdMachine(request, { signal, say: progress.note });
  const environment = await machine.environment(signal);
  const folder = await openFolder(request, plan, work);
  await folder.writeEnvironment(beforeGuest(environment));
  const { explainLoss, nextRound } = work;
  const parts: MeasuringParts = {
    ...{ plan, guestPlan, folder, environment, progress, signal, explainLoss },
    ...(work.watchOf === undefined ? {} : { watchOf: work.watchOf(folder) }),
    ...(nextRound === undefined ? {} : { nextRound: nextRound(folder, plan) }),
  };
  try {
    await new Measuring(parts).run(basename(folder.path));
  } catch (error) {
    await endEarly(folder, { error, interrupted: signal.aborted, command: work.command, machine });
    return { folder: folder.path, interrupted: true };
  }
  await folder.finish('finished', await loadAtEnd(machine));
  if (work.results !== undefined) await folder.writeResults(await work.results(folder));
  return { folder: folder.path, interrupted: false };
}

/** Everything that is known before the first block. */
async function openFolder(
  { spec, runsRoot, label, argv }: RecordRequest,
  plan: Plan,
  { kind, warnings, watchOf }: RecordedWork,
): Promise<RunFolder> {
  const records = watchOf !== undefined;
  const start = { label, version: toolVersion, argv, records, ...(kind === undefined ? {} : { kind }) };
  const folder = await createRunFolder(runsRoot, start);
  await folder.writeSpec(spec);
  await folder.writePlan(recordPlan(plan));
  if (plan.unavailable.length > 0) await folder.addUnavailable(...plan.unavailable);
  for (const warning of warnings?.(plan) ?? []) await folder.addWarning(warning);
  return folder;
}

/** Also after an interrupt, which has aborted the work's own signal. */
function loadAtEnd(machine: Knowledge): Promise<LoadState | null> {
  return machine.load(expiresAfter(LOAD_MS)).catch(() => null);
}

interface EarlyEnd {
  readonly error: unknown;
  readonly interrupted: boolean;
  readonly command: string;
  readonly machine: Knowledge;
}

/** Closes the folder of work that could not finish. Throws unless it was interrupted and has something to show. */
async function endEarly(folder: RunFolder, { error, interrupted, command, machine }: EarlyEnd): Promise<void> {
  const closed = folder.finish(interrupted ? 'interrupted' : 'failed', await loadAtEnd(machine));
  // On a full disk the head of the run cannot be written either: what filled it is the error that tells.
  if (!interrupted) {
    await closed.catch(() => undefined);
    throw error;
  }
  await closed;
  const { blocks, failed } = await readRun(folder.path);
  if (blocks.length + failed.length > 0) return;
  throw new HoplabError({
    code: 'INTERRUPTED',
    message: `${command} ${basename(folder.path)}: interrupted before its first block was finished`,
    hint: `hoplab ${command} again; the logs of this one are in ${folder.path}`,
    cause: error,
  });
}
