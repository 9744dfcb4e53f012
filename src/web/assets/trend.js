// SPDX-License-Identifier: GPL-2.0-only
/** Trends: a point a run, the level of each stretch with its interval, and a line where the level changed. A point opens its run. */

import { axis, colour, draw, pathColour, short } from './chart.js';
import uPlot from './uplot.js';

/** @typedef {{ first: number, last: number, level: number, low: number | null, high: number | null }} Segment */
/** @typedef {{ unit: string, colour: string, runs: string[], at: number[], values: number[], segments: Segment[], changes: { index: number, text: string }[] }} Trend */

const HEIGHT = 260;

for (const place of document.querySelectorAll('.trend')) {
  if (place instanceof HTMLElement && place.dataset.trend !== undefined) show(place, JSON.parse(place.dataset.trend));
}

/** @param {HTMLElement} place
 * @param {Trend} trend */
function show(place, trend) {
  const { values, segments } = trend;
  // Runs stand side by side, whatever time lies between them: a week without one is no stretch of the trend.
  const numbers = values.map((_, index) => index + 1);
  /** @param {(segment: Segment) => number | null} pick */
  const over = (pick) =>
    numbers.map((_, index) => {
      const segment = segments.find(({ first, last }) => index >= first && index <= last);
      return segment === undefined ? null : pick(segment);
    });
  const data = /** @type {uPlot.AlignedData} */ ([
    numbers,
    values,
    over(({ level }) => level),
    over(({ low }) => low),
    over(({ high }) => high),
  ]);
  draw(place, () => options(place, trend), data, HEIGHT);
}

/** @param {HTMLElement} place
 * @param {Trend} trend */
function options(place, trend) {
  const { runs, unit, at } = trend;
  const own = pathColour(trend.colour);
  const level = colour('--ink');
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  /** @type {uPlot.Series} */
  const edge = { stroke: 'transparent', points: { show: false }, class: 'edge' };
  /** @type {uPlot.Series} */
  const levels = {
    label: 'level',
    stroke: level,
    width: 2,
    points: { show: false },
    value: (_, value) => short(value),
  };
  const paths = stepped === undefined ? {} : { paths: stepped };
  return {
    scales: {
      x: { time: false, range: /** @type {uPlot.Range.Function} */ (() => [0.5, runs.length + 0.5]) },
      y: { range: range(trend) },
    },
    axes: [
      {
        ...axis('runs, in the order of their start (UTC)'),
        incrs: [1, 2, 5, 10, 20, 50, 100, 200],
        space: 70,
        size: 54,
        values: (/** @type {uPlot} */ _, /** @type {number[]} */ ticks) => dates(ticks, at),
      },
      {
        ...axis(unit === 'us' ? 'us' : 'ratio'),
        size: 70,
        values: (/** @type {uPlot} */ _, /** @type {number[]} */ ticks) => ticks.map(short),
      },
    ],
    series: [
      {
        label: 'run',
        value: (/** @type {uPlot} */ _, /** @type {number | null} */ value) =>
          value === null ? '-' : `${runs[value - 1] ?? ''} ${day(at[value - 1])}`,
      },
      {
        label: unit,
        stroke: own,
        width: 1,
        points: { show: true, size: 7, fill: own },
        value: (/** @type {uPlot} */ _, /** @type {number} */ value) => short(value),
      },
      { ...levels, ...paths },
      { ...edge, ...paths, label: 'low' },
      { ...edge, ...paths, label: 'high' },
    ],
    bands: [{ series: /** @type {[number, number]} */ ([4, 3]), fill: `${level}20` }],
    cursor: { drag: { x: true, y: false } },
    hooks: {
      draw: [(/** @type {uPlot} */ plot) => mark(plot, trend)],
      ready: [(/** @type {uPlot} */ plot) => open(place, plot, runs)],
    },
  };
}

/** Room above the points for what is written there.
 * @param {Trend} trend
 * @returns {[number, number]} */
function range({ values, segments, changes }) {
  // By the points: the interval of two runs may be wider than any chart, and is cut.
  const all = [...values, ...segments.map(({ level }) => level)];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const room = Math.max(high - low, Math.abs(high) * 0.02) * 0.12;
  return [low - room, high + room * (changes.length > 0 ? 2.5 : 1)];
}

/** @param {uPlot} plot
 * @param {Trend} trend */
function mark(plot, { changes }) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour('--bad');
  ctx.fillStyle = colour('--bad');
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.lineWidth = devicePixelRatio;
  ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
  for (const { index, text } of changes) {
    const x = Math.round(plot.valToPos(index + 0.5, 'x', true));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const room = 6 * devicePixelRatio;
    const [left, right] = [x - bbox.left - room, bbox.left + bbox.width - x - room];
    // Where neither side has room for all of it, the list below the chart says what changed.
    const fits = ctx.measureText(text).width <= Math.max(left, right);
    const shown = fits ? text : (text.split(' · ')[0] ?? '');
    const before = ctx.measureText(shown).width > right;
    ctx.textAlign = before ? 'right' : 'left';
    ctx.fillText(shown, x + (before ? -5 : 5) * devicePixelRatio, bbox.top + 14 * devicePixelRatio);
  }
  ctx.restore();
}

/** @param {HTMLElement} place
 * @param {uPlot} plot
 * @param {string[]} runs */
function open(place, plot, runs) {
  // Without a pointer the legend has the figures of the newest run.
  const newest = () => plot.setLegend({ idx: runs.length - 1 });
  newest();
  plot.over.addEventListener('mouseleave', newest);
  plot.over.addEventListener('click', () => {
    const run = runs[plot.cursor.idx ?? -1];
    if (run !== undefined && plot.select.width === 0) location.assign(`/runs/${run}`);
  });
  place.title = 'a point opens its run';
}

/** The day under the first tick of each day, the time of day above it.
 * @param {number[]} ticks
 * @param {number[]} at */
function dates(ticks, at) {
  let last = '';
  return ticks.map((tick) => {
    const moment = day(at[tick - 1]);
    const date = moment.slice(0, 10);
    const text = moment === '' ? '' : `${moment.slice(11)}${date === last ? '' : `\n${date}`}`;
    last = date;
    return text;
  });
}

/** @param {number | undefined} seconds */
function day(seconds) {
  return seconds === undefined ? '' : new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');
}
