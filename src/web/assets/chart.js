// SPDX-License-Identifier: GPL-2.0-only
/** What the charts of all pages share: colours of the page's own style, and a size that follows the page. */
import uPlot from './uplot.js';

/** A colour of the style sheet, light or dark as the page is.
 * @param {string} name */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The colour of a path by its class, as in every picture of the report.
 * @param {string} name */
export function pathColour(name) {
  const bearer = document.createElement('i');
  bearer.className = name;
  document.body.append(bearer);
  const found = getComputedStyle(bearer).getPropertyValue('--c').trim();
  bearer.remove();
  return found;
}

/** @param {string} text
 * @param {string} [name] */
export function element(text, name = 'p') {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** @returns {uPlot.Axis} */
export function axis(label = '') {
  return {
    label,
    labelSize: label === '' ? 0 : 24,
    stroke: colour('--soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line') },
    font: '12px system-ui, sans-serif',
    labelFont: '12px system-ui, sans-serif',
  };
}

/** Powers of ten and what is between, as a person writes them.
 * @param {number | null} value */
export function short(value) {
  if (value === null || value === undefined) return '';
  return value >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** Draws into `place` at its width, again when that or the colours change.
 * @param {HTMLElement} place
 * @param {() => Omit<uPlot.Options, 'width' | 'height'>} options
 * @param {uPlot.AlignedData} data
 * @param {number} height */
export function draw(place, options, data, height) {
  /** @type {uPlot | null} */
  let plot = null;
  const width = () => Math.max(280, Math.floor(place.clientWidth));
  const make = () => {
    plot?.destroy();
    plot = new uPlot({ ...options(), width: width(), height }, data, place);
    // It is a picture for who does not point at it; the figures are in a table.
    plot.root.setAttribute('role', 'img');
    plot.root.setAttribute('aria-label', place.dataset.label ?? 'chart');
  };
  make();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', make);
  let last = width();
  new ResizeObserver(() => {
    if (width() === last) return;
    last = width();
    plot?.setSize({ width: last, height });
  }).observe(place);
}
