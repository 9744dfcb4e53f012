// SPDX-License-Identifier: GPL-2.0-only
/** The page of one recorded folder: the report's own sections, and charts over time beside them. */

import type { IndexedRun } from '../../experiments/indexed-run.ts';
import { Markup, markup, type Piece } from '../../render/markup.ts';
import { commandLine } from '../../words/command-line.ts';
import { formatMoment } from '../../words/format.ts';
import type { SubjectPage } from '../compute-tasks.ts';
import type { Kinds } from '../kinds.ts';
import type { PageParts } from '../layout.ts';

/** Of the report's sections: the samples over time. */
const TIME = 'time';

export function subjectPage(run: IndexedRun, subject: SubjectPage, kinds: Kinds): PageParts {
  const { sections, text } = subject;
  const hasSeries = subject.hasSeries && sections.some(({ id }) => id === TIME);
  const all = [
    ...sections.map(({ id, title, html }) => {
      const own = Markup.ofOurOwn(html);
      return { id, title, body: hasSeries && id === TIME ? chartBody(run, own) : own };
    }),
    ...(sections.length === 0 ? [{ id: 'report', title: 'Report', body: textBody(text) }] : []),
  ];
  return {
    title: run.id,
    place: 'none',
    lead: markup`${leadOf(run, subject).map((line) => markup`<p class="lead">${line}</p>`)}<p class="lead actions">${actions(run, subject, kinds)}</p>${Markup.ofOurOwn(subject.alert)}`,
    body: markup`<nav class="contents" aria-label="contents"><ul>${all.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>${all.map(
      ({ id, title, body }) =>
        markup`<section id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h">${title}</h2>${body}</section>`,
    )}`,
    scripts: ['report.js', ...(hasSeries ? ['samples.js'] : [])],
    charts: hasSeries,
  };
}

/** What has no figures has no foot to take them from. */
function leadOf(
  { kind, kernel, startedAt, argv, outcome, version }: IndexedRun,
  { lead }: SubjectPage,
): readonly string[] {
  if (outcome === null && lead.length > 0) return lead;
  return [
    `${kind}: ${outcome ?? ''}, Linux ${kernel}`,
    `started ${formatMoment(startedAt)}, hoplab ${version}`,
    `command: ${commandLine(argv)}`,
  ];
}

function actions(run: IndexedRun, { downloads }: SubjectPage, { plain, hrefOf }: Kinds): Piece {
  const here = `/api${hrefOf(run)}`;
  return [
    markup`<a href="${here}">JSON</a>`,
    ...downloads.map((form) => markup` · <a href="${here}/${form}" download>${form.toUpperCase()}</a>`),
    ...(plain.includes(run.kind) ? [markup` · <a href="/compare?run=${run.id}">compare with…</a>`] : []),
    ...(run.label === null ? [] : [markup` · <a href="/?label=${run.label}">runs with this label</a>`]),
  ];
}

function textBody(text: string): Markup {
  return markup`<pre class="wide" tabindex="0">${text}</pre>`;
}

/** Filled in by assets/samples.js: all paths on one axis. The report's own picture has a row for each. */
function chartBody(run: IndexedRun, rows: Markup): Markup {
  return markup`<div id="samples" data-source="/api/runs/${run.id}/series"></div><details><summary>each path in a row of its own</summary>${rows}</details>`;
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
      ['command', run.argv.length === 0 ? '' : commandLine(run.argv)],
      ['paths', run.paths.join(', ')],
      ['kernel', run.kernel],
      ['problem', run.problem ?? ''],
    ]
      .filter(([, value]) => value !== '')
      .map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>`)}</dl><p><a href="/">all runs</a></p>`,
  };
}
