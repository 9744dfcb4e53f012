// SPDX-License-Identifier: GPL-2.0-only
/** The table of runs: a row a run, a column of p50 for each path; cards where it is too wide. */
import type { IndexedCell, IndexedRun } from '../../experiments/indexed-run.ts';
import { colourClass } from '../../render/backend-colours.ts';
import { type Markup, markup, type Piece } from '../../render/markup.ts';
import { unitWords } from '../../words/figure.ts';
import { formatDuration, formatMoment, formatUs } from '../../words/format.ts';
import type { Kinds } from '../kinds.ts';
import { sparkline } from './sparkline.ts';

/** More columns do not fit; what is left stands in the last one with its name. */
const MOST_PATHS = 7;

export function listTable(runs: readonly IndexedRun[], kinds: Kinds): Markup {
  const paths = pathsOf(runs);
  return markup`<table class="list"><caption class="hidden">runs, the newest first; p50 of the round trip in us, a column a path</caption>
<thead><tr><th scope="col"><span class="hidden">compare</span></th><th scope="col">run</th><th scope="col">state</th><th scope="col">started (UTC)</th><th scope="col">p50 in us</th>${paths.map(
    (path) => markup`<th scope="col" class="p50">${path}${lineOf(path, runs)}</th>`,
  )}<th scope="col">hoplab, kernel, host</th></tr></thead>
<tbody>${runs.map((run) => row(run, paths, kinds))}</tbody></table>`;
}

/** Those that most runs have, in the order in which the newest run has them. */
function pathsOf(runs: readonly IndexedRun[]): string[] {
  const counts = new Map<string, number>();
  for (const { cells } of runs)
    for (const path of new Set(cells.map((cell) => cell.path))) counts.set(path, (counts.get(path) ?? 0) + 1);
  const kept = [...counts].sort(([, a], [, b]) => b - a).slice(0, MOST_PATHS);
  return [...counts.keys()].filter((path) => kept.some(([name]) => name === path));
}

/** Fewer are no line. */
const LEAST_POINTS = 3;

/** The path over the runs of this page, under the probe that most of them have: the newest at the right. */
function lineOf(path: string, runs: readonly IndexedRun[]): Markup | null {
  const own = runs.flatMap(({ cells }) => cells.filter((cell) => cell.path === path)).reverse();
  const series = new Map<string, IndexedCell[]>();
  for (const cell of own) series.set(probeOf(cell), [...(series.get(probeOf(cell)) ?? []), cell]);
  const [most] = [...series].sort(([, a], [, b]) => b.length - a.length);
  if (most === undefined || most[1].length < LEAST_POINTS) return null;
  const [probe, cells] = most;
  // A path is called as its backend is, unless somebody named it.
  return sparkline(
    cells.map((cell) => (cell.unit === undefined ? cell.p50Ns : cell.p50)),
    {
      colour: colourClass({ backend: path, isTwin: false }),
      title: `${path} under ${probe}: ${cells.length} runs, the newest at the right`,
    },
  );
}

/** Latencies of two probes, or of two rotations, are no series. */
function probeOf({ probe, k }: IndexedCell): string {
  return `${probe}, K = ${k}`;
}

function row(run: IndexedRun, paths: readonly string[], { plain, hrefOf }: Kinds): Markup {
  const { id, kind, state, startedAt, endedAt, version, kernel, hostname } = run;
  const took = endedAt === null ? Number.NaN : Date.parse(endedAt) - Date.parse(startedAt);
  const pick = plain.includes(kind) && state !== 'unreadable';
  return markup`<tr class="is-${state}">
<td class="pick">${pick && markup`<input type="checkbox" name="run" value="${id}" aria-label="compare ${id}">`}</td>
<th scope="row"><a href="${hrefOf(run)}" class="open">${id}</a> ${!plain.includes(kind) && markup`<span class="kind">${kind}</span>`}</th>
<td><span class="state ${state}">${state}</span></td>
<td class="when"><time datetime="${startedAt}">${formatMoment(startedAt).replace(' UTC', '')}</time>${took >= 0 && markup` <span class="faint">${formatDuration(Math.round(took / 100) * 1e8)}</span>`}</td>
${figures(run, paths)}
<td class="faint origin">${[version, kernel, hostname].filter((part) => part !== '').join(', ')}</td></tr>`;
}

/** A line a probe, because figures of two probes have nothing to do with each other. */
function figures({ cells, paths: own, outcome, problem }: IndexedRun, paths: readonly string[]): Piece {
  const over = (text: Piece): Markup => markup`<td class="said" colspan="${paths.length + 1}">${text}</td>`;
  const wrong = problem !== null && markup`<span class="problem">${problem}</span>`;
  if (problem !== null && cells.length === 0) return over(wrong);
  if (outcome !== null) return over(markup`${outcome} <span class="faint">${own.join(', ')}</span>`);
  if (cells.length === 0) return over(markup`<span class="faint">${own.join(', ')}</span>`);
  const probes = [...new Set(cells.map(({ probe }) => probe))];
  const others = (probe: string): IndexedCell[] =>
    cells.filter((cell) => cell.probe === probe && !paths.includes(cell.path));
  const names = probes.map(
    (probe) =>
      markup`<div><span class="probe-name">${probe}</span>${others(probe).map((cell) => markup` <span class="cell">${cell.path} ${figure(cell)}</span>`)}</div>`,
  );
  return markup`<td class="probes">${names}${wrong}</td>${paths.map((path) => {
    const found = probes.map((probe) => cells.find((cell) => cell.probe === probe && cell.path === path));
    const empty = found.every((cell) => cell === undefined);
    return markup`<td class="p50" data-path="${path}">${!empty && found.map((cell) => markup`<div>${cell === undefined ? '-' : figure(cell)}</div>`)}</td>`;
  })}`;
}

/** A rate with its unit, which the head does not have. */
function figure(cell: IndexedCell): Markup {
  const { n, k } = cell;
  const p50 = cell.unit === undefined ? formatUs(cell.p50Ns) : unitWords(cell.unit).formatSize(cell.p50);
  return markup`<b title="K = ${k}, n = ${n}">${p50}</b>`;
}
