/** The page of a run, a trace or a diagnosis: the report's own sections, and charts over time beside them. */
import { formatMoment } from '../../report/format.ts';
import { Markup, markup, type Piece } from '../../report/markup.ts';
import type { IndexedRun } from '../../run-index/indexed-run.ts';
import type { SubjectPage } from '../compute-tasks.ts';
import type { PageParts } from '../layout.ts';
import { hrefOf } from './list-page.ts';

export function subjectPage(run: IndexedRun, subject: SubjectPage): PageParts {
  const { sections, text, hasSeries } = subject;
  const chart = { id: 'over-time', title: 'Samples over time', body: chartBody(run) };
  const all = [
    ...sections.map(({ id, title, html }) => ({ id, title, body: Markup.ofOurOwn(html) })),
    ...(sections.length === 0 ? [{ id: 'report', title: 'Report', body: textBody(text) }] : []),
  ];
  // Behind the table and what is compared: it explains them.
  if (hasSeries) all.splice(2, 0, chart);
  return {
    title: run.id,
    place: 'none',
    lead: markup`${leadOf(run, subject).map((line) => markup`<p class="lead">${line}</p>`)}<p class="lead actions">${actions(run)}</p>${Markup.ofOurOwn(subject.alert)}`,
    body: markup`<nav class="contents" aria-label="contents"><ul>${all.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>${all.map(
      ({ id, title, body }) =>
        markup`<section id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h">${title}</h2>${body}</section>`,
    )}`,
    scripts: ['report.js', ...(hasSeries ? ['samples.js'] : [])],
    charts: hasSeries,
  };
}

/** A diagnosis has no foot to take them from. */
function leadOf(
  { kind, kernel, startedAt, argv, outcome, version }: IndexedRun,
  { lead }: SubjectPage,
): readonly string[] {
  if (kind !== 'diagnosis') return lead;
  const words = argv[0] === 'hoplab' ? argv : ['hoplab', ...argv];
  return [
    `diagnosis: ${outcome ?? ''}, Linux ${kernel}`,
    `started ${formatMoment(startedAt)}, hoplab ${version}`,
    `command: ${words.join(' ')}`,
  ];
}

function actions(run: IndexedRun): Piece {
  return [
    markup`<a href="/api${hrefOf(run)}">JSON</a>`,
    ...(run.kind === 'run' ? [markup` · <a href="/compare?run=${run.id}">compare with…</a>`] : []),
    ...(run.label === null ? [] : [markup` · <a href="/?label=${run.label}">runs with this label</a>`]),
  ];
}

function textBody(text: string): Markup {
  return markup`<pre class="wide" tabindex="0">${text}</pre>`;
}

/** Filled in by assets/samples.js. */
function chartBody(run: IndexedRun): Markup {
  return markup`<div id="samples" data-source="/api/runs/${run.id}/series"><p class="faint">The chart needs scripts; the figures are in the table above.</p></div>`;
}

/** A folder that can be listed and not be shown. */
export function brokenPage(run: IndexedRun, message: string, hint: string | null): PageParts {
  return {
    title: run.id,
    place: 'none',
    body: markup`<div class="alert" role="alert"><p>${message}</p>${hint !== null && markup`<p>next: <code>${hint}</code></p>`}</div>
<dl class="facts">${[
      ['kind', run.kind],
      ['state', run.state],
      ['started', run.startedAt],
      ['command', run.argv.length === 0 ? '' : ['hoplab', ...run.argv].join(' ')],
      ['paths', run.paths.join(', ')],
      ['kernel', run.kernel],
      ['problem', run.problem ?? ''],
    ]
      .filter(([, value]) => value !== '')
      .map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>`)}</dl><p><a href="/">all runs</a></p>`,
  };
}
