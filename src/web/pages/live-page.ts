// SPDX-License-Identifier: GPL-2.0-only
/** The page of a run under way: how far it is, and the figures so far. assets/live.js keeps it up to date. */

import type { IndexedRun } from '../../experiments/indexed-run.ts';
import { swatch } from '../../render/html/section.ts';
import { type Markup, markup } from '../../render/markup.ts';
import { commandLine } from '../../words/command-line.ts';
import { formatUs } from '../../words/format.ts';
import type { PageParts } from '../layout.ts';
import type { LiveState } from '../live-run.ts';

export function livePage(run: IndexedRun, state: LiveState, cancel: boolean): PageParts {
  const { blocks, planned, next, cells, pairs, failed, warnings } = state;
  return {
    title: run.id,
    place: 'none',
    lead: markup`<p class="lead">command: ${commandLine(run.argv)}</p>`,
    body: markup`<div id="live" data-source="/api/runs/${run.id}/events">
<p><span class="state running" id="live-state">${state.state}</span> <span id="live-blocks">${blocks}</span> of <span id="live-planned">${planned ?? '?'}</span> blocks
<progress id="live-progress" max="${planned ?? 1}" value="${blocks}" aria-label="blocks measured"></progress> <span id="live-left" class="faint"></span></p>
<p class="lead">now: <code id="live-next">${next ?? '-'}</code>. Medians of what is measured so far, after each block; while one is measured nothing is read.</p>
${cancel && markup`<form method="post" action="/start/cancel"><button class="tool">cancel this run</button></form>`}
<section aria-labelledby="cells-h"><h2 id="cells-h">Overview so far</h2><div class="wide" tabindex="0" role="group" aria-label="overview so far"><table class="figures"><thead><tr><th scope="col">probe</th><th scope="col" class="words">path</th><th scope="col">K</th><th scope="col">n</th><th scope="col">lost</th><th scope="col">p50, us</th></tr></thead>
<tbody id="live-cells">${cells.map(
      ({ probe, path, colour, k, n, lost, p50Us }) =>
        markup`<tr><th scope="row">${probe}</th><td class="words">${swatch({ number: 0, colour })} ${path}</td><td>${k}</td><td>${n}</td><td>${lost}</td><td>${p50Us === null ? '-' : formatUs(p50Us * 1000)}</td></tr>`,
    )}</tbody></table></div></section>
<section aria-labelledby="pairs-h"><h2 id="pairs-h">Comparisons</h2><p class="lead">No ratio before the end: a few draws of a comparison mean nothing.</p><ul id="live-pairs">${pairs.map(
      ({ probe, candidate, reference, draws, planned: all }) =>
        markup`<li>${candidate} against ${reference}, ${probe}: ${draws} of ${all} draws</li>`,
    )}</ul></section>
<section aria-labelledby="said-h"><h2 id="said-h">Failed, and warnings</h2><ul id="live-said">${[...failed, ...warnings].map((line) => markup`<li>${line}</li>`)}</ul></section>
</div>`,
    scripts: ['live.js'],
  };
}

/** `own` is the run whose page it is: it needs no notice of itself. */
export function runningNotice(all: readonly string[], own: string): Markup | null {
  const ids = all.filter((id) => id !== own);
  const [first] = ids;
  if (first === undefined) return null;
  const more = ids.length > 1 ? ` and ${ids.length - 1} more` : '';
  return markup`A run is under way: <a href="/runs/${first}">${first}</a>${more}. If it is on this machine, pages that compute take time from it.`;
}
