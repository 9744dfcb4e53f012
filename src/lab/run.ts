/** `hoplab run`: opens the lab, measures every block and keeps each in the run folder as soon as it is there. */
import { basename } from 'node:path';
import { HoplabError } from '../model/errors.ts';
import type { LabSpec } from '../model/lab-spec.ts';
import type { Plan } from '../model/plan.ts';
import type { Progress } from '../model/progress.ts';
import type { Warning } from '../model/result.ts';
import { renderJson } from '../results/json.ts';
import { buildReport } from '../results/run/build.ts';
import { createRunFolder } from '../run-store/create-run-folder.ts';
import { readRun } from '../run-store/read-run.ts';
import { readHostEnvironment, readLoad, readMachineFacts } from '../system/facts.ts';
import { takeMeasuringLock } from '../system/measuring-lock.ts';
import { toolVersion } from '../system/paths.ts';
import { explainLoss } from './diagnose/explain-loss.ts';
import { beforeGuest } from './live/environment.ts';
import { planGuest } from './live/guest-parts.ts';
import { endEarly } from './measure/end-early.ts';
import { Measuring } from './measure/measuring.ts';
import { unavailableHere } from './plan/needs.ts';
import { planLab } from './plan/plan.ts';
import { recordPlan } from './plan/record-plan.ts';

export interface RunRequest {
  readonly spec: LabSpec;
  readonly runsRoot: string;
  readonly label: string | null;
  /** Run although another measuring run is under way. */
  readonly force: boolean;
  readonly argv: readonly string[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface RunOutcome {
  readonly folder: string;
  readonly interrupted: boolean;
}

/**
 * Runs a lab from its opening to its results. What fails inside is a failed cell in the run folder; thrown is only
 * what leaves no run to speak of. An interrupted run keeps its finished blocks.
 */
export async function runLab(request: RunRequest): Promise<RunOutcome> {
  const { spec, signal, progress } = request;
  const [unavailable, facts] = await Promise.all([unavailableHere(spec, signal), readMachineFacts()]);
  const plan = planLab(spec, facts, unavailable);
  if (plan.blocks.length === 0) throw nothingToMeasure(plan);
  // Before anything is touched: a kernel that is none fails the run, not one cell after the other.
  const { name, guest } = spec;
  const guestPlan =
    plan.guests === 0 ? null : await planGuest(guest, { name, slots: plan.slots, paths: plan.paths, signal });
  await using _lock = request.force ? null : await takeMeasuringLock();
  const environment = await readHostEnvironment({ signal });
  const folder = await createRunFolder(request.runsRoot, {
    label: request.label,
    version: toolVersion,
    argv: request.argv,
  });
  await folder.writeSpec(spec);
  await folder.writePlan(recordPlan(plan));
  if (plan.unavailable.length > 0) await folder.addUnavailable(...plan.unavailable);
  for (const warning of pathWarnings(plan)) await folder.addWarning(warning);
  await folder.writeEnvironment(beforeGuest(environment));
  try {
    await new Measuring({ plan, guestPlan, folder, environment, progress, signal, explainLoss }).run(
      basename(folder.path),
    );
  } catch (error) {
    await endEarly(folder, { error, interrupted: signal.aborted, command: 'run' });
    return { folder: folder.path, interrupted: true };
  }
  await folder.finish('finished', await readLoad());
  await folder.writeResults(renderJson(buildReport(await readRun(folder.path), toolVersion)));
  return { folder: folder.path, interrupted: false };
}

/** Every path is there, and none goes the way that the probes ask for. */
function nothingToMeasure({ unavailable }: Plan): HoplabError {
  return new HoplabError({
    code: 'LAB_FAILED',
    message: `plan the run: no path carries its probes: ${unavailable.map(({ path, reason }) => `${path}: ${reason}`).join('; ')}`,
    hint: unavailable[0]?.hint ?? 'hoplab plan shows the blocks of a lab file',
  });
}

/** What the backends want the reader to know of their paths; a twin's is that of its original. */
function pathWarnings({ paths }: Plan): Warning[] {
  return paths
    .filter(({ twinOf }) => twinOf === null)
    .flatMap(({ name, backendPlan: { warnings = [] } }) =>
      warnings.map((text) => ({ kind: 'backend', text: `${name}: ${text}` })),
    );
}
