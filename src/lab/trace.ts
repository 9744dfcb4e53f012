// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab trace`: opens the lab, runs traced and untraced blocks in turn, and keeps samples and records of each. */
import { HoplabError } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import type { MechanismChoice } from '../model/trace-mechanism.ts';
import type { TraceProfile } from '../model/trace-profile.ts';
import { renderJson } from '../results/json.ts';
import { buildTraceReport } from '../results/trace/build.ts';
import { type Run, readRun } from '../run-store/read-run.ts';
import { toolVersion } from '../system/paths.ts';
import { explainLoss } from './diagnose/explain-loss.ts';
import { stillSpec } from './diagnose/look-at-lab.ts';
import { type RecordOutcome, type RecordRequest, recordBlocks } from './measure/record-blocks.ts';
import { planLab } from './plan/plan.ts';
import { planTraceBlocks } from './plan/schedule-trace.ts';
import type { TracerBench } from './trace/plan-tracer.ts';
import { requireTracer, startTracer } from './trace/tracer.ts';

/** Transactions of a cold path before those that are measured; not more than those. */
const WARMUP = 100;

export interface TraceRequest extends RecordRequest {
  readonly profile: TraceProfile;
  readonly mechanism: MechanismChoice;
  /** How many of the slowest transactions of a path the report keeps whole. */
  readonly slowest: number;
  /** Pairs of blocks, a fresh plugging each. */
  readonly pairs: number;
  /** Transactions per path and block. */
  readonly count: number;
  readonly bench?: TracerBench;
}

/** Throws what leaves nothing to read; a failed block is a result. See `recordBlocks`. */
export async function traceLab(request: TraceRequest): Promise<RecordOutcome> {
  const { profile, slowest, mechanism, bench, signal } = request;
  requireTracer();
  return recordBlocks(request, {
    command: 'trace',
    kind: 'trace',
    plan: (facts, unavailable) => planTrace(planLab(stillSpec(request.spec), facts, unavailable), request),
    explainLoss,
    watchOf: (folder) => (block) =>
      block.planned.trace?.traced === true
        ? (probers) =>
            startTracer(block, probers, {
              ...{ folder, profile, slowest, mechanism, signal },
              ...(bench === undefined ? {} : { bench }),
            })
        : undefined,
    results: async ({ path }) => {
      const run = await readRun(path);
      refuseEmpty(run);
      return renderJson(await buildTraceReport(run, toolVersion));
    },
  });
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
function refuseEmpty({ path, blocks, failed }: Run): void {
  const [first] = failed;
  if (first === undefined || blocks.some(({ trace }) => trace?.traced === true)) return;
  throw new HoplabError({
    code: 'TRACE_FAILED',
    message: `trace ${first.path}: no traced block came to its end: ${first.reason}`,
    hint: first.hint ?? `hoplab report ${path} shows what is there`,
  });
}
