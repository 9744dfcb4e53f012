// SPDX-License-Identifier: GPL-2.0-only
/** What must be known to judge the figures of a comparison: methods, margins, counts. */
import { VERDICT_DRAWS, VERDICT_GUESTS } from '../stats/compare-draws.ts';
import { directionWords, unitWords } from '../words/figure.ts';
import { formatCounted, formatPercentSize } from '../words/format.ts';
import { basisColumn, cellName } from './compare-names.ts';
import type { ComparedCell, ComparisonReport, Effect, SampleAccount } from './compare-schema.ts';
import { VERDICT_RUNS } from './effect.ts';
import { unitOf } from './effect-figures.ts';

/** One line each; `more` is said last. */
export function comparisonNotes(report: ComparisonReport, shown: readonly Effect[], more: readonly string[]): string[] {
  const { cells } = report;
  if (cells.length === 0) return [];
  return [
    ...verdictNotes(shown, cells),
    ...untilNotes(report),
    ...methodNotes(cells, shown),
    ...countNotes(report),
    ...more,
  ];
}

function verdictNotes(shown: readonly Effect[], cells: readonly ComparedCell[]): string[] {
  const margins = [...new Set(shown.map(({ marginRelative }) => formatPercentSize(marginRelative)))].join(' or ');
  const tested = cells.flatMap(({ effects }) => effects.filter(({ holmPValue }) => holmPValue !== null));
  const judged = tested.filter(({ primary }) => primary).length;
  const beside = tested.length - judged > 1 ? ` (what stands beside them: for ${tested.length - judged})` : '';
  const holm = judged > 1 ? `, also after Holm's correction for ${judged} effects${beside}` : '';
  const inside = shown.some(({ basis }) => basis.kind === 'direct')
    ? `, or inside one run fewer than ${VERDICT_DRAWS} draws in ${VERDICT_GUESTS} guests`
    : '';
  const units = [...new Set(shown.map((effect) => unitWords(unitOf(effect)).shown))];
  const few = shown.some(({ standing }) => standing === 'indication');
  return [
    `${directionWords(shown.map(unitOf))}: differs by more than the margin of ${margins}, and the interval excludes 0${holm}; equivalent: the whole interval is within the margin; inconclusive: neither`,
    `levels are geometric means over draws, blocks or runs; a change in ${units.join(' or ')} is the percentage of the baseline's`,
    ...(shown.some(({ basis }) => basis.kind === 'relative')
      ? [
          'over PATH, or PATH/PATH: divided by that path inside each run, so that what moves all of a run cancels; the change is that of the ratio, the latencies are those of the same blocks',
        ]
      : []),
    ...(few ? [`(indication): fewer than ${VERDICT_RUNS} runs a side${inside}`] : []),
  ];
}

/** A number of draws that the draws themselves decided on is no fixed one. */
function untilNotes({ baseline, candidates }: ComparisonReport): string[] {
  const stopped = new Map([baseline, ...candidates].flatMap(({ runs }) => runs).map((run) => [run.folder, run.until]));
  const rules = [...stopped.values()].filter((until) => until !== undefined);
  if (rules.length === 0) return [];
  const wholes = new Set(
    rules.map(({ halfWidth, maxDraws }) => `${formatPercentSize(halfWidth)}, at most ${maxDraws}`),
  );
  return [
    `--until ${[...wholes].join(' or ')} draws: ${formatCounted(rules.length, 'run')} ended when the draws sufficed; an interval over such draws is as wide as the run's own, which holds at whichever look it ends`,
  ];
}

/** What a method is one of: "p50 over tap". */
interface Computed {
  readonly subject: string;
  readonly method: string;
  readonly cell: ComparedCell;
}

/** A line each: effects that were computed alike share it, and where a figure has two methods they say which of them. */
function methodNotes(cells: readonly ComparedCell[], shown: readonly Effect[]): string[] {
  const all = cells.flatMap((cell) =>
    cell.effects
      .filter((effect) => shown.includes(effect))
      .map(({ statistic, basis, method }): Computed => {
        return { subject: `${statistic} ${basisColumn(basis)}`, method, cell };
      }),
  );
  return [...new Set(all.map(({ method }) => method))].map((method) => {
    const subjects = new Set(all.filter((one) => one.method === method).map(({ subject }) => subject));
    return `${[...subjects].map((subject) => `${subject}${ofWhich(subject, method, all)}`).join(', ')}: ${method}`;
  });
}

/** " of tcp-rr", " of user, passt"; empty where the figure has no other method. */
function ofWhich(subject: string, method: string, all: readonly Computed[]): string {
  const same = all.filter((one) => one.subject === subject);
  const [own, others] = [same.filter((one) => one.method === method), same.filter((one) => one.method !== method)];
  if (others.length === 0) return '';
  const probes = (some: readonly Computed[]): string[] => [...new Set(some.map(({ cell }) => cell.probe.name))];
  if (!probes(own).some((name) => probes(others).includes(name))) return ` of ${probes(own).join(' and ')}`;
  const one = probes(same).length === 1;
  return ` of ${[...new Set(own.map(({ cell }) => `${cellName(cell)}${one ? '' : ` under ${cell.probe.name}`}`))].join(' and ')}`;
}

/** What became of every transaction, and what the effects took of them. */
function countNotes({ cells }: ComparisonReport): string[] {
  return cells.map((cell) => {
    const [before, after] = [accountText(cell.baselineSamples), accountText(cell.candidateSamples)];
    const both = before === after ? `${before}, on each side` : `${before}; candidate ${after}`;
    return `transactions of ${cellName(cell)}, ${cell.probe.name}: ${both}`;
  });
}

/** "4800 sent = 4400 used + 400 warm-up + 0 lost + 0 discarded". */
function accountText({ sent, used, warmup, lost, discarded, blocksLeftOut }: SampleAccount): string {
  const blocks = blocksLeftOut === 0 ? '' : `, ${blocksLeftOut} unreadable blocks not counted`;
  return `${sent} sent = ${used} used + ${warmup} warm-up + ${lost} lost + ${discarded} discarded${blocks}`;
}
