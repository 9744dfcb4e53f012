// SPDX-License-Identifier: GPL-2.0-only
/** The tables of a card: the newest figure of every path, each with the run, pace and K that it means nothing without. */

import type { ProbeSpec } from '../model/probe-spec.ts';
import type { CellSummary, Comparison, LatencyCell, ProbeReport, RateCell } from '../model/result.ts';
import { isDifferent } from '../model/result.ts';
import { UNIT_WORDS } from '../words/figure.ts';
import { formatCounted, formatProbe, formatRate } from '../words/format.ts';
import { pathLabel } from '../words/path-labels.ts';
import { plainText } from '../words/plain-text.ts';
import { sentence } from '../words/sentence.ts';
import type { RunFact } from './facts.ts';
import type { Card, ColumnName } from './notebook.ts';
import type { Earlier } from './told.ts';

/** One figure: a path under one probe in one run. */
interface Row {
  readonly cell: CellSummary;
  readonly part: ProbeReport;
  readonly run: RunFact;
  readonly isNew: boolean;
}

export interface FigureTable {
  /** "RTT in us, TCP_RR 1 B / 1 B, back to back, guest -> host1". */
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly { readonly cells: readonly string[]; readonly isNew: boolean }[];
  readonly align: readonly ('left' | 'right')[];
  /** A line a run: its id, pace, K, n and draws. */
  readonly legend: readonly string[];
  /** What the pairs of new runs say, and the run that says it. */
  readonly sentences: readonly { readonly text: string; readonly source: string }[];
}

type Format = (cell: CellSummary) => string;

const FORMATS: Readonly<Record<ColumnName, Format>> = {
  path: ({ path }) => plainText(path, 24),
  n: ({ n }) => String(n),
  lost: ({ lost }) => String(lost),
  min: figure(
    ({ minNs }) => minNs,
    ({ min }) => min,
  ),
  avg: figure(
    ({ meanNs }) => meanNs,
    ({ mean }) => mean,
  ),
  max: figure(
    ({ maxNs }) => maxNs,
    ({ max }) => max,
  ),
  stddev: figure(
    ({ stddevNs }) => stddevNs,
    ({ stddev }) => stddev,
  ),
  p50: figure(
    ({ p50Ns }) => p50Ns,
    ({ p50 }) => p50,
  ),
  p90: figure(({ p90Ns }) => p90Ns),
  p99: figure(({ p99Ns }) => p99Ns),
  'p99.9': figure(({ p999Ns }) => p999Ns),
  rate: (cell) => (cell.unit === undefined ? formatRate(cell.transactionsPerSecond) : NOTHING),
};

const NOTHING = '-';

/** In the unit of the cell; what a rate does not have is nothing. */
function figure(
  ofLatency: (cell: LatencyCell) => number | null,
  ofRate: (cell: RateCell) => number | null = () => null,
): Format {
  return (cell) => {
    const value = cell.unit === undefined ? ofLatency(cell) : ofRate(cell);
    return value === null ? NOTHING : UNIT_WORDS[cell.unit ?? 'ns'].format(value);
  };
}

/** Tables that hold something new; one a probe. `runs` are those of the weeks that figures are kept for, oldest first. */
export function figureTables(
  card: Card,
  runs: readonly RunFact[],
  earlier: Earlier,
  columns: readonly ColumnName[],
): FigureTable[] {
  const own = runs.filter(({ id, label }) => card.runs.includes(id) || (label !== null && card.runs.includes(label)));
  const probes = new Map<string, Row[]>();
  for (const run of [...own].reverse()) {
    for (const part of run.report.probes) {
      const key = formatProbe(part.probe);
      const rows = probes.get(key) ?? [];
      probes.set(key, rows);
      for (const cell of part.cells) {
        if (cell.twinOf !== null || rows.some((row) => row.cell.path === cell.path)) continue;
        rows.push({ cell, part, run, isNew: earlier.isNews(run.day, run.id) });
      }
    }
  }
  return [...probes.values()]
    .filter((rows) => rows.some(({ isNew }) => isNew))
    .map((rows) => tableOf(ordered(rows, card), columns, own, earlier));
}

/** As the checklist has them, then as the runs have them. */
function ordered(rows: readonly Row[], card: Card): Row[] {
  const order = card.configurations.flatMap(({ path }) => (path === null ? [] : [path]));
  const place = ({ cell }: Row): number => {
    const at = order.indexOf(cell.path);
    return at === -1 ? order.length : at;
  };
  return [...rows].sort((a, b) => place(a) - place(b));
}

function tableOf(
  rows: readonly Row[],
  columns: readonly ColumnName[],
  own: readonly RunFact[],
  earlier: Earlier,
): FigureTable {
  const [first] = rows;
  if (first === undefined) throw new Error('a table without rows');
  const { probe } = first.part;
  const runs = [...new Set(rows.map(({ run }) => run))];
  const several = runs.length > 1;
  const letter = (run: RunFact): string => String.fromCharCode(65 + (runs.indexOf(run) % 26));
  return {
    title: plainText(`${UNIT_WORDS[first.cell.unit ?? 'ns'].head}, ${formatProbe(probe)}`),
    head: [...columns, ...(several ? ['run'] : [])],
    rows: rows.map(({ cell, run, isNew }) => ({
      cells: [...columns.map((column) => FORMATS[column](cell)), ...(several ? [letter(run)] : [])],
      isNew,
    })),
    align: [
      ...columns.map((column) => (column === 'path' ? ('left' as const) : ('right' as const))),
      ...(several ? (['left'] as const) : []),
    ],
    legend: [
      ...runs.map((run) =>
        legendOf(
          run,
          rows.filter((row) => row.run === run),
          probe,
          several ? letter(run) : null,
        ),
      ),
      ...othersLine(own, runs, probe, earlier),
    ],
    sentences: runs.filter((run) => earlier.isNews(run.day, run.id)).flatMap((run) => sentencesOf(run, probe)),
  };
}

/** All that a figure means nothing without. */
function legendOf(run: RunFact, rows: readonly Row[], probe: ProbeSpec, letter: string | null): string {
  const { report, day } = run;
  const ks = [...new Set(rows.map(({ cell }) => cell.k))];
  const rotation = ks.map((k) => {
    const paths = rows.filter(({ cell }) => cell.k === k).map(({ cell }) => cell.path);
    const who = ks.length === 1 ? '' : ` (${paths.join(', ')})`;
    return `${k === 1 ? 'alone, K = 1' : `K = ${k} paths in rotation`}${who}`;
  });
  const ns = rows.map(({ cell }) => cell.n);
  const n = Math.min(...ns) === Math.max(...ns) ? `${ns[0]}` : `${Math.min(...ns)} to ${Math.max(...ns)}`;
  const pace = probe.paceNs === 0 ? 'back to back' : (formatProbe(probe).match(/every [^,]+/)?.[0] ?? '');
  const draws = Math.max(
    0,
    ...partsOf(run, probe).flatMap((part) => part.comparisons.map((pair) => pair.draws.length)),
  );
  const { accel, hostname, kernel, guestKernel } = report.machine;
  const unproven = rows.filter(({ cell }) => !cell.proven).map(({ cell }) => cell.path);
  const lost = rows.filter(({ cell }) => cell.lost > 0).map(({ cell }) => `${cell.path} ${cell.lost}`);
  const words = [
    `run ${run.id} of ${day}`,
    pace,
    rotation.join('; '),
    `n = ${n} a path`,
    draws === 0 ? 'one plugging, no draws' : `one plugging; ${formatCounted(draws, 'draw')} of each pair`,
    ...(accel === null ? [] : [accel === 'tcg' ? 'emulated guest (tcg)' : `guest under ${accel}`]),
    `${hostname}, Linux ${kernel}${guestKernel === null ? '' : `, guest Linux ${guestKernel}`}`,
    ...(report.run.state === 'finished' ? [] : [report.run.state]),
    ...(unproven.length === 0 ? [] : [`NOT PROVEN: ${unproven.join(', ')}`]),
    ...(lost.length === 0 ? [] : [`lost: ${lost.join(', ')}`]),
  ];
  return plainText(`${letter === null ? '' : `${letter}: `}${words.join('; ')}`, 2000);
}

function partsOf({ report }: RunFact, probe: ProbeSpec): readonly ProbeReport[] {
  return report.probes.filter((part) => formatProbe(part.probe) === formatProbe(probe));
}

/** Runs of the week that were measured again since: their figures are not shown, and they are not hidden. */
function othersLine(own: readonly RunFact[], shown: readonly RunFact[], probe: ProbeSpec, earlier: Earlier): string[] {
  const others = own.filter(
    (run) => !shown.includes(run) && earlier.isNews(run.day, run.id) && partsOf(run, probe).length > 0,
  );
  if (others.length === 0) return [];
  const ids = others.slice(-5).map(({ id }) => id);
  const more = others.length > ids.length ? ` and ${others.length - ids.length} more` : '';
  return [plainText(`measured again since: ${ids.join(', ')}${more}`)];
}

/** A failed control voids what follows it, so it comes first. */
function sentencesOf(run: RunFact, probe: ProbeSpec): { text: string; source: string }[] {
  const label = pathLabel;
  return partsOf(run, probe).flatMap(({ comparisons }) => {
    const controlFailed = comparisons.some((pair) => pair.isTwin && isDifferent(pair));
    const order = [...comparisons].sort((a, b) => rank(a, controlFailed) - rank(b, controlFailed));
    return order.map((pair) => ({
      text: sentence(pair, { label, controlFailed }),
      source: plainText(
        `run ${run.id}: ${formatProbe(probe)}; p50 in pairs, K = ${pair.k}, n = ${Math.round(pair.n / pair.draws.length)} a draw, ` +
          `${formatCounted(pair.draws.length, 'draw')} in ${formatCounted(pair.guests, 'guest')}`,
      ),
    }));
  });
}

function rank({ isTwin }: Comparison, controlFailed: boolean): number {
  return isTwin === controlFailed ? 0 : 1;
}
