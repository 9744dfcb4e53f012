// SPDX-License-Identifier: GPL-2.0-only
/** Compares one path under one probe: gathers each run's values for every statistic and basis, and what is missing. */

import type { StatisticName, UnlikeKey } from '../model/compare.ts';
import type { ProbeSpec } from '../model/probe-spec.ts';
import { probeOf } from '../probes/index.ts';
import { failedCell } from '../results/run/block-faults.ts';
import type { Basis, ComparedCell, Effect, MissingCell, SampleAccount, Unlikeness } from './compare-schema.ts';
import { effectOf } from './effect.ts';
import { type ProbeMatch, probeKey } from './match-probes.ts';
import type { MeasuredRun } from './measure-run.ts';
import { controlOf } from './path-pairs.ts';
import { type RunValue, runValue } from './run-values.ts';
import { isRefused, unlikeness } from './unlike.ts';
import { tooFewFor, whyMissing } from './why-missing.ts';

export interface CellQuestion {
  /** Of the candidate. */
  readonly number: number;
  readonly match: ProbeMatch;
  readonly path: string;
  readonly candidatePath: string;
  readonly baseline: readonly MeasuredRun[];
  readonly candidate: readonly MeasuredRun[];
  /** Both sides are the same runs. */
  readonly inside: boolean;
  readonly statistics: readonly StatisticName[];
  readonly relativeTo: string;
  readonly allow: readonly UnlikeKey[];
  readonly marginRelative: number;
}

export interface CellOutcome {
  readonly cells: readonly ComparedCell[];
  readonly missing: readonly MissingCell[];
  readonly unlike: readonly Unlikeness[];
}

/** A basis with the values of every run that has one. */
interface Gathered {
  readonly basis: Basis;
  readonly baseline: readonly RunValue[];
  readonly candidate: readonly RunValue[];
}

export function compareCell(question: CellQuestion): CellOutcome {
  const { number, match, path, candidatePath, statistics, baseline, candidate } = question;
  const effects: Effect[] = [];
  const unlike: Unlikeness[] = [];
  const measure = probeOf(match.baseline.protocol).measure(match.baseline);
  for (const statistic of statistics.filter((one) => measure.statistics.includes(one))) {
    const found = gather(question, statistic, unlike);
    for (const [index, { basis, baseline: before, candidate: after }] of found.entries()) {
      const { marginRelative } = question;
      const what = { statistic, basis, primary: index === 0, measure, marginRelative };
      effects.push(effectOf({ ...what, baseline: before, candidate: after }));
    }
  }
  const lacking = statistics.filter((one) => !measure.statistics.includes(one));
  const missing = [
    ...missingRuns(question, effects, unlike),
    ...(effects.length > 0 || lacking.length === 0 ? [] : [noStatistic(question, lacking)]),
    // What is left out because of its K was measured often enough.
    ...(effects.length > 0 || unlike.some(isRefused) ? [] : tooFew(question)),
  ];
  if (effects.length === 0) return { cells: [], missing, unlike };
  const paths = [...baseline, ...candidate].flatMap((run) => run.paths);
  const named = paths.find(({ name }) => name === candidatePath);
  const cell: ComparedCell = {
    candidate: number,
    probe: match.baseline,
    candidateProbe: match.candidate,
    path,
    candidatePath,
    backend: named?.backend ?? candidatePath,
    twinOf: controlOf(question, paths),
    effects,
    baselineSamples: accountOf(baseline, match.baseline, path),
    candidateSamples: accountOf(candidate, match.candidate, candidatePath),
  };
  return { cells: [cell], missing, unlike: [] };
}

/** A kind of figure that has no tail, or none that is worth a name. */
function noStatistic({ number, match, path }: CellQuestion, lacking: readonly StatisticName[]): MissingCell {
  const { name } = match.baseline;
  return { candidate: number, probe: name, path, reason: `the probe ${name} has no ${lacking.join(', ')}` };
}

/** Both sides have the path, and neither basis has enough of it for any figure that was asked for. */
function tooFew({ number, match, path, candidatePath, statistics, baseline, candidate }: CellQuestion): MissingCell[] {
  const isMeasured = (runs: readonly MeasuredRun[], probe: ProbeSpec, name: string): boolean =>
    runs.some((run) => run.blocks.some(({ block, paths }) => block.probe === probeIn(run, probe) && paths.has(name)));
  if (!isMeasured(baseline, match.baseline, path) || !isMeasured(candidate, match.candidate, candidatePath)) return [];
  const { statistics: known } = probeOf(match.baseline.protocol).measure(match.baseline);
  return statistics
    .filter((one) => known.includes(one))
    .map((one) => ({ candidate: number, probe: match.baseline.name, path: candidatePath, reason: tooFewFor(one) }));
}

/** Of every basis that can be had, the primary one first. */
function gather(question: CellQuestion, statistic: StatisticName, unlike: Unlikeness[]): Gathered[] {
  const found: Gathered[] = [];
  for (const { basis, over } of basesOf(question)) {
    // Draws say all that the rotation says, and are fresh pluggings besides.
    if (found.some((one) => one.basis.kind === basis.kind && basis.kind !== 'absolute')) continue;
    const after = valuesOf(question, 'candidate', { statistic, basis, over });
    const before = basis.kind === 'direct' ? after : valuesOf(question, 'baseline', { statistic, basis, over });
    if (after.length === 0 || before.length === 0) continue;
    const apart = basis.kind === 'direct' ? null : rotationsApart(question, before, after);
    if (apart !== null) {
      if (!unlike.some(({ key, path }) => key === 'k' && path === question.path)) unlike.push(apart);
      if (!apart.allowed) continue;
    }
    found.push({ basis, baseline: before, candidate: after });
  }
  return found;
}

/** In the order in which they are preferred. */
function basesOf({ inside, path, candidatePath, baseline, relativeTo }: CellQuestion): {
  readonly basis: Basis;
  readonly over: string | null;
}[] {
  const absolute = { basis: { kind: 'absolute' }, over: null } as const;
  if (inside && path !== candidatePath) {
    return (['draws', 'rotation', 'rounds'] as const).map((within) => ({
      basis: { kind: 'direct', within },
      over: path,
    }));
  }
  if (relativeTo === 'none') return [absolute];
  const reference = referenceOf(baseline);
  const to = relativeTo === 'auto' ? reference : relativeTo;
  if (to === null || to === path || to === candidatePath) return [absolute];
  // `host` and the guest's paths never rotate together; unless asked for, their ratio is worth no more than the latency.
  const ways = relativeTo === 'auto' ? (['draws', 'rotation'] as const) : (['draws', 'rotation', 'rounds'] as const);
  const relative = ways.map((within) => ({ basis: { kind: 'relative', to, within } as const, over: to }));
  return [...relative, absolute];
}

function referenceOf(runs: readonly MeasuredRun[]): string | null {
  for (const { run } of runs) {
    const reference = run.spec?.comparison.reference ?? run.blocks.find(({ draw }) => draw !== null)?.draw?.pair[1];
    if (reference !== undefined && reference !== null) return reference;
  }
  return null;
}

interface Want {
  readonly statistic: StatisticName;
  readonly basis: Basis;
  readonly over: string | null;
}

function valuesOf(question: CellQuestion, side: 'baseline' | 'candidate', want: Want): RunValue[] {
  const path = side === 'baseline' ? question.path : question.candidatePath;
  return question[side].flatMap((run) => {
    const probe = probeIn(run, question.match[side]);
    return probe === null ? [] : (runValue(run, { ...want, probe, path }) ?? []);
  });
}

/** What this run calls the probe; null = it has none like it. */
function probeIn({ probes }: MeasuredRun, wanted: ProbeSpec): string | null {
  return probes.find((probe) => probeKey(probe) === probeKey(wanted))?.name ?? null;
}

function rotationsApart(
  { path, number, allow }: CellQuestion,
  before: readonly RunValue[],
  after: readonly RunValue[],
): Unlikeness | null {
  const ks = (values: readonly RunValue[]): number[] =>
    [...new Set(values.flatMap(({ k }) => k))].sort((a, b) => a - b);
  const [a, b] = [ks(before), ks(after)];
  if (a.join() === b.join()) return null;
  const words = (some: readonly number[]): string[] => [`K = ${some.join(' and ')}`];
  return unlikeness('k', { path, candidate: number, before: words(a), after: words(b), allow });
}

/** All transactions of the path under the probe, whether an effect takes their block or not. */
function accountOf(runs: readonly MeasuredRun[], wanted: ProbeSpec, path: string): SampleAccount {
  const account = { sent: 0, used: 0, warmup: 0, lost: 0, discarded: 0, outsideGroups: 0, blocksLeftOut: 0 };
  for (const run of runs) {
    const probe = probeIn(run, wanted);
    account.blocksLeftOut += run.leftOut.filter(
      ({ block }) => block.probe === probe && block.paths.includes(path),
    ).length;
    for (const { block, paths } of run.blocks) {
      const level = block.probe === probe ? paths.get(path) : undefined;
      if (level === undefined) continue;
      account.sent += level.counts.sent + level.warmup;
      account.used += level.counts.n;
      account.warmup += level.warmup;
      account.lost += level.counts.lost;
      account.discarded += level.counts.discarded;
      account.outsideGroups += level.outsideGroups;
    }
  }
  return account;
}

/** Runs that have nothing of this path, each with the reason that the run itself gives. */
function missingRuns(question: CellQuestion, effects: readonly Effect[], unlike: readonly Unlikeness[]): MissingCell[] {
  const { number, match, path, candidatePath } = question;
  const sides = [
    { runs: question.baseline, probe: match.baseline, name: path },
    { runs: question.candidate, probe: match.candidate, name: candidatePath },
  ];
  const absent = sides.flatMap(({ runs, probe, name }) =>
    runs.flatMap((run) => {
      const own = probeIn(run, probe);
      const measured = run.blocks.some(({ block, paths }) => block.probe === own && paths.has(name));
      if (measured) return [];
      return [{ candidate: number, probe: probe.name, path: name, reason: reasonOf(run, own, name) }];
    }),
  );
  const rotations = unlike
    .filter(({ allowed }) => !allowed)
    .filter(() => effects.every(({ basis }) => basis.kind !== 'absolute'))
    .map(({ baselineValues, candidateValues, key }) => ({
      candidate: number,
      probe: match.baseline.name,
      path,
      reason: `overview: ${baselineValues.join()} against ${candidateValues.join()}: --allow ${key} compares them`,
    }));
  const left = [...question.baseline, ...question.candidate].flatMap((run) =>
    run.leftOut
      .filter(({ block }) => block.paths.includes(path) || block.paths.includes(candidatePath))
      .map(({ block, error }) => ({
        candidate: number,
        probe: block.probe,
        path,
        reason: `block ${block.id} of ${run.run.header.id}: ${error.code}: ${error.message}`,
      })),
  );
  return [...absent, ...rotations, ...left];
}

function reasonOf({ run, leftOut }: MeasuredRun, probe: string | null, path: string): string {
  const broken = leftOut
    .filter(({ block }) => block.paths.includes(path))
    .map(({ block, error }) => failedCell(block, path, error));
  const failed = [...run.failed, ...broken];
  return `${run.header.id}: ${whyMissing({ path, probe, failed, unavailable: run.unavailable })}`;
}
