// SPDX-License-Identifier: GPL-2.0-only
/** The frame of every page: title, navigation, notices, and the files that it needs. */
import { type Markup, markup, type Piece } from '../render/markup.ts';

type Place = 'runs' | 'compare' | 'trend' | 'doctor' | 'start' | 'none';

export interface PageParts {
  readonly title: string;
  readonly place: Place;
  readonly body: Piece;
  /** Under the title. */
  readonly lead?: Piece;
  /** Modules of src/web/assets that it runs beside the one of all pages. */
  readonly scripts?: readonly string[];
  /** uPlot's own style, where there are charts. */
  readonly charts?: boolean;
}

export interface Frame {
  readonly href: (asset: string) => string;
  readonly version: string;
  /** The folder of runs, as it was given. */
  readonly root: string;
  readonly mayRun: boolean;
  /** Said on every page: a run is under way, the index is being built. */
  readonly notices: readonly Piece[];
}

const PLACES = [
  ['runs', '/', 'Runs'],
  ['compare', '/compare', 'Compare'],
  ['trend', '/trend', 'Trend'],
  ['doctor', '/doctor', 'Doctor'],
] as const;

/** Of all pages, by purpose; that of paper undoes others. */
const STYLES = ['serve.css', 'forms.css', 'tables.css', 'charts.css', 'print.css'] as const;

export function page(frame: Frame, parts: PageParts): Markup {
  const { href } = frame;
  const places = frame.mayRun ? [...PLACES, ['start', '/start', 'Start a run'] as const] : PLACES;
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${parts.title} · hoplab</title>
<link rel="icon" href="${href('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${href('report.css')}">
${parts.charts ? markup`<link rel="stylesheet" href="${href('uplot.css')}">` : null}
${STYLES.map((name) => markup`<link rel="stylesheet" href="${href(name)}">`)}
<script type="module" src="${href('keys.js')}"></script>
${(parts.scripts ?? []).map((name) => (name === 'report.js' ? markup`<script src="${href(name)}" defer></script>` : markup`<script type="module" src="${href(name)}"></script>`))}
</head><body>
<a class="skip" href="#main">to the content</a>
<header class="bar"><a class="brand" href="/">hoplab</a>
<nav aria-label="pages"><ul>${places.map(
    ([place, to, name]) =>
      markup`<li><a href="${to}"${place === parts.place && markup` aria-current="page"`}>${name}</a></li>`,
  )}</ul></nav>
<button type="button" id="keys-open" class="tool" hidden>keys <kbd>?</kbd></button></header>
${frame.notices.map((notice) => markup`<p class="notice" role="status">${notice}</p>`)}
<main id="main"><h1>${parts.title}</h1>${parts.lead}
${parts.body}</main>
<footer class="lead"><p>hoplab ${frame.version} over <code>${frame.root}</code></p></footer>
<dialog id="keys" aria-labelledby="keys-title"><h2 id="keys-title">Keys</h2>
<dl class="keys">${KEYS.map(([key, what]) => markup`<dt><kbd>${key}</kbd></dt><dd>${what}</dd>`)}</dl>
<form method="dialog"><button class="tool" autofocus>close</button></form></dialog>
</body></html>
`;
}

/** Shown by "?", and handled by assets/keys.js. */
const KEYS = [
  ['?', 'this list'],
  ['/', 'to the search of the list'],
  ['j', 'to the next run of the list'],
  ['k', 'to the one before'],
  ['Enter', 'open it'],
  ['x', 'pick it for a comparison'],
  ['c', 'compare the picked ones'],
  ['r', 'to the list of runs'],
  ['t', 'to the trend'],
  ['d', 'to doctor'],
] as const;
