// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab run`: opens the lab, measures every block and keeps each in the run folder as soon as it is there. */
import { HoplabError } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import type { Warning } from '../model/result.ts';
import { renderJson } from '../results/json.ts';
import { buildReport } from '../results/run/build.ts';
import { buildComparisons } from '../results/run/comparisons.ts';
import { namedPaths } from '../results/run/named-paths.ts';
import { readRun } from '../run-store/read-run.ts';
import { toolVersion } from '../system/paths.ts';
import { explainLoss } from './diagnose/explain-loss.ts';
import { addDraws } from './measure/add-draws.ts';
import { type RecordedWork, type RecordOutcome, type RecordRequest, recordBlocks } from './measure/record-blocks.ts';
import { planLab } from './plan/plan.ts';
import { turnWarning } from './plan/turns.ts';

/** Throws what leaves no run to speak of; see `recordBlocks`. */
export function runLab(request: RecordRequest): Promise<RecordOutcome> {
  return recordBlocks(request, {
    command: 'run',
    plan: (facts, unavailable) => {
      const plan = planLab(request.spec, facts, unavailable);
      if (plan.blocks.length === 0) throw nothingToMeasure(plan);
      return plan;
    },
    warnings: pathWarnings,
    explainLoss,
    ...addedDraws(request),
    results: async ({ path }) => renderJson(buildReport(await readRun(path), toolVersion)),
  });
}

/** Draws are added where the lab says until when. */
function addedDraws({ spec, progress, signal }: RecordRequest): Pick<RecordedWork, 'nextRound'> {
  const rule = spec.comparison.until;
  if (rule === undefined) return {};
  return {
    nextRound: ({ path, header }, plan) => {
      const compare = async () => {
        signal.throwIfAborted();
        const run = await readRun(path);
        return buildComparisons(run, namedPaths(run)).comparisons;
      };
      return addDraws({ plan, rule, startedAt: Date.parse(header.startedAt), compare, tell: progress.note });
    },
  };
}

/** Every path is there, and none goes the way that the probes ask for. */
function nothingToMeasure({ unavailable }: Plan): HoplabError {
  return new HoplabError({
    code: 'LAB_FAILED',
    message: `plan the run: no path carries its probes: ${unavailable.map(({ path, reason }) => `${path}: ${reason}`).join('; ')}`,
    hint: unavailable[0]?.hint ?? 'hoplab plan shows the blocks of a lab file',
  });
}

/** What the backends want the reader to know of their paths, a twin's being that of its original, and who took turns. */
function pathWarnings(plan: Plan): Warning[] {
  const turns = turnWarning(plan);
  return [...(turns === null ? [] : [{ kind: 'turns', text: turns }]), ...backendWarnings(plan)];
}

function backendWarnings({ paths }: Plan): Warning[] {
  return paths
    .filter(({ twinOf }) => twinOf === null)
    .flatMap(({ name, backendPlan: { warnings = [] } }) =>
      warnings.map((text) => ({ kind: 'backend', text: `${name}: ${text}` })),
    );
}
