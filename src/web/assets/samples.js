// SPDX-License-Identifier: GPL-2.0-only
/** The samples of a run over time: of every path the middle of each stretch of time, its extremes, and its losses. */
import { axis, colour, draw, element, pathColour, short } from './chart.js';
import uPlot from './uplot.js';

/** @typedef {{ path: string, colour: string, apart: boolean, atS: number[], minUs: number[], midUs: number[], maxUs: number[], lostAtS: number[], lost: number }} PathSeries */
/** @typedef {{ probe: string, paths: PathSeries[] }} ProbeSeries */

const HEIGHT = 340;
/** How uPlot.join takes a null: as a gap of that point, or as one up to the points beside it. */
const RETAIN = 1;
const EXPAND = 2;
/** Times the usual distance of two stretches: other paths were measured in between. */
const GAP = 8;
const place = document.getElementById('samples');
if (place !== null) void load(place);

/** @param {HTMLElement} place */
async function load(place) {
  place.replaceChildren(element('reading the samples…'));
  try {
    const answer = await fetch(place.dataset.source ?? '');
    /** @type {{ probes?: ProbeSeries[], error?: { message: string } }} */
    const got = await answer.json();
    if (got.probes === undefined) throw new Error(got.error?.message ?? `status ${answer.status}`);
    place.replaceChildren(
      element(
        'Drag to zoom, double-click for all; a name in the legend hides its path. The band is from the least to the greatest of each stretch of time, so that no extreme is lost.',
        'p',
      ),
    );
    place.firstElementChild?.classList.add('faint');
    for (const { probe, paths } of got.probes) {
      place.append(element(probe, 'h3'));
      showApart(place, { probe, paths });
    }
  } catch (error) {
    place.replaceChildren(
      element(`The samples could not be read: ${error instanceof Error ? error.message : 'no answer'}`),
    );
  }
}

/** A path without a guest is so much faster that on one axis the others would have no room.
 * @param {HTMLElement} place
 * @param {ProbeSeries} series */
function showApart(place, { probe, paths }) {
  const guests = paths.filter(({ apart }) => !apart);
  const hosts = paths.filter(({ apart }) => apart);
  if (guests.length === 0 || hosts.length === 0) return show(place, { probe, paths });
  show(place, { probe, paths: guests });
  const folded = document.createElement('details');
  const names = hosts.map(({ path }) => path).join(', ');
  folded.append(element(`${names}: no guest on its way, on an axis of its own`, 'summary'));
  // What is shut has no width to draw into.
  folded.addEventListener('toggle', () => show(folded, { probe, paths: hosts }), { once: true });
  place.append(folded);
}

/** @param {HTMLElement} place
 * @param {ProbeSeries} probe */
function show(place, { probe, paths }) {
  const box = document.createElement('div');
  box.className = 'chart-box';
  box.dataset.label = `round trips over time under ${probe}, ${paths.map(({ path }) => path).join(', ')}`;
  place.append(box);
  const lost = paths.filter(({ lostAtS }) => lostAtS.length > 0);
  const top = Math.max(...paths.flatMap(({ maxUs }) => maxUs));
  const columns = paths.map(withGaps);
  // On the upper edge: a loss has no round trip.
  const losses = lost.map(({ lostAtS }) => [...new Set(lostAtS)]);
  const data = uPlot.join(
    [...columns, ...losses.map((at) => /** @type {uPlot.AlignedData} */ ([at, at.map(() => top)]))],
    [...columns.map(() => [EXPAND, EXPAND, EXPAND, EXPAND]), ...losses.map(() => [RETAIN, RETAIN])],
  );
  draw(box, () => options(paths, lost), data, HEIGHT);
}

/** A line must not run over the time in which this path was not measured.
 * @param {PathSeries} series
 * @returns {uPlot.AlignedData} */
function withGaps({ atS, midUs, minUs, maxUs }) {
  const steps = atS.slice(1).map((at, i) => at - (atS[i] ?? 0));
  const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  /** @type {number[]} */
  const xs = [];
  /** @type {(number | null)[][]} */
  const columns = [[], [], []];
  for (const [i, at] of atS.entries()) {
    const before = atS[i - 1];
    if (before !== undefined && at - before > GAP * usual) {
      xs.push((at + before) / 2);
      for (const column of columns) column.push(null);
    }
    xs.push(at);
    for (const [j, column] of [midUs, minUs, maxUs].entries()) columns[j]?.push(column[i] ?? null);
  }
  return [xs, ...columns];
}

/** @param {PathSeries[]} paths
 * @param {PathSeries[]} lost */
function options(paths, lost) {
  /** @type {uPlot.Series[]} */
  const series = [{ label: 'at, s', value: (_, value) => (value === null ? '' : `${value.toFixed(2)}`) }];
  /** @type {uPlot.Band[]} */
  const bands = [];
  for (const { path, colour: name } of paths) {
    const stroke = pathColour(name);
    const at = series.length;
    const edge = { stroke: 'transparent', points: { show: false }, class: 'edge' };
    series.push(
      { label: path, stroke, width: 1.5, points: { show: false }, value: (_, value) => short(value) },
      { ...edge, label: `${path} least`, value: (_, value) => short(value) },
      { ...edge, label: `${path} greatest`, value: (_, value) => short(value) },
    );
    bands.push({ series: [at + 2, at + 1], fill: `${stroke}40` });
  }
  for (const { path, lost: count } of lost)
    series.push({
      label: `${path}: ${count} lost`,
      stroke: colour('--bad'),
      width: 0,
      paths: () => null,
      points: { show: true, size: 8 },
    });
  return {
    scales: { x: { time: false }, y: { distr: 3 } },
    axes: [
      axis('seconds of measuring'),
      {
        ...axis('round trip, us'),
        values: (/** @type {uPlot} */ _, /** @type {number[]} */ ticks) => ticks.map(short),
        size: 70,
      },
    ],
    series,
    bands,
    legend: { live: true },
    cursor: { drag: { x: true, y: false } },
  };
}
