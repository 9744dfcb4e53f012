/** `hoplab trace`: opens the lab, runs traced and untraced blocks in turn, and keeps samples and records of each. */
import { basename } from 'node:path';
import { HoplabError } from '../model/errors.ts';
import type { LabSpec } from '../model/lab-spec.ts';
import type { Plan } from '../model/plan.ts';
import type { Progress } from '../model/progress.ts';
import type { MechanismChoice } from '../model/trace-mechanism.ts';
import type { TraceProfile } from '../model/trace-profile.ts';
import { renderJson } from '../results/json.ts';
import { buildTraceReport } from '../results/trace/build.ts';
import { createRunFolder, type RunFolder } from '../run-store/create-run-folder.ts';
import { readRun } from '../run-store/read-run.ts';
import { readHostEnvironment, readLoad, readMachineFacts } from '../system/facts.ts';
import { takeMeasuringLock } from '../system/measuring-lock.ts';
import { toolVersion } from '../system/paths.ts';
import { explainLoss } from './diagnose/explain-loss.ts';
import { stillSpec } from './diagnose/look-at-lab.ts';
import { beforeGuest } from './live/environment.ts';
import { planGuest } from './live/guest-parts.ts';
import { endEarly } from './measure/end-early.ts';
import { Measuring } from './measure/measuring.ts';
import { unavailableHere } from './plan/needs.ts';
import { planLab } from './plan/plan.ts';
import { recordPlan } from './plan/record-plan.ts';
import { planTraceBlocks } from './plan/schedule-trace.ts';
import { requireTracer, startTracer, type TracerBench } from './trace/tracer.ts';

/** Transactions of a cold path before those that are measured; not more than those. */
const WARMUP = 100;

export interface TraceRequest {
  readonly spec: LabSpec;
  readonly profile: TraceProfile;
  readonly mechanism: MechanismChoice;
  /** How many of the slowest transactions of a path the report keeps whole. */
  readonly slowest: number;
  /** Pairs of blocks, a fresh plugging each. */
  readonly pairs: number;
  /** Transactions per path and block. */
  readonly count: number;
  readonly runsRoot: string;
  readonly label: string | null;
  /** Trace although another measuring run is under way. */
  readonly force: boolean;
  readonly argv: readonly string[];
  readonly bench?: TracerBench;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface TraceOutcome {
  readonly folder: string;
  readonly interrupted: boolean;
}

/** Throws what leaves nothing to read; an interrupted trace keeps its finished blocks, and a failed block is a result. */
export async function traceLab(request: TraceRequest): Promise<TraceOutcome> {
  const { spec, profile, slowest, mechanism, bench, signal, progress } = request;
  requireTracer();
  const [unavailable, facts] = await Promise.all([unavailableHere(spec, signal), readMachineFacts()]);
  const plan = planTrace(planLab(stillSpec(spec), facts, unavailable), request);
  const guestPlan =
    plan.guests === 0
      ? null
      : await planGuest(spec.guest, { name: spec.name, slots: plan.slots, paths: plan.paths, signal });
  await using _lock = request.force ? null : await takeMeasuringLock();
  const environment = await readHostEnvironment({ signal });
  const { label, argv } = request;
  const folder = await createRunFolder(request.runsRoot, { label, version: toolVersion, argv, kind: 'trace' });
  await folder.writeSpec(spec);
  await folder.writePlan(recordPlan(plan));
  if (plan.unavailable.length > 0) await folder.addUnavailable(...plan.unavailable);
  await folder.writeEnvironment(beforeGuest(environment));
  const watchOf: ConstructorParameters<typeof Measuring>[0]['watchOf'] = (block) =>
    block.planned.trace?.traced === true
      ? (probers) =>
          startTracer(block, probers, {
            ...{ folder, profile, slowest, mechanism, signal },
            ...(bench === undefined ? {} : { bench }),
          })
      : undefined;
  try {
    await new Measuring({ plan, guestPlan, folder, environment, progress, signal, explainLoss, watchOf }).run(
      basename(folder.path),
    );
  } catch (error) {
    await endEarly(folder, { error, interrupted: signal.aborted, command: 'trace' });
    return { folder: folder.path, interrupted: true };
  }
  await folder.finish('finished', await readLoad());
  await refuseEmpty(folder);
  await folder.writeResults(renderJson(await buildTraceReport(await readRun(folder.path), toolVersion)));
  return { folder: folder.path, interrupted: false };
}

/** The plan of a lab with the blocks of a trace. */
export function planTrace(plan: Plan, { spec, pairs, count }: Pick<TraceRequest, 'spec' | 'pairs' | 'count'>): Plan {
  const [probe] = spec.probes;
  if (probe === undefined) throw new Error('a trace without a probe');
  const schedule = { probe: { ...probe, count }, pairs, count, warmup: Math.min(WARMUP, count), seed: spec.seed };
  const blocks = planTraceBlocks(plan.paths, schedule);
  return { ...plan, blocks };
}

/** The first reason of a trace in which every traced block failed: it is the one that tells. */
async function refuseEmpty(folder: RunFolder): Promise<void> {
  const { blocks, failed } = await readRun(folder.path);
  const [first] = failed;
  if (first === undefined || blocks.some(({ trace }) => trace?.traced === true)) return;
  throw new HoplabError({
    code: 'TRACE_FAILED',
    message: `trace ${first.path}: no traced block came to its end: ${first.reason}`,
    hint: first.hint ?? `hoplab report ${folder.path} shows what is there`,
  });
}
