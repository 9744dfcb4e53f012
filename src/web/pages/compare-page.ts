// SPDX-License-Identifier: GPL-2.0-only
/** The compare page: which runs, what they differ by, and every effect with its interval; or what it is refused for. */

import { changeWords } from '../../compare/change-words.ts';
import { comparisonAnswer } from '../../compare/compare-answer.ts';
import type { ComparedCell, ComparisonReport, Unlikeness } from '../../compare/compare-schema.ts';
import type { IndexedRun } from '../../experiments/indexed-run.ts';
import { UNLIKE_KEYS } from '../../model/compare.ts';
import { answerSection } from '../../render/html/answer-section.ts';
import { type Markup, markup, type Piece } from '../../render/markup.ts';
import type { CompareQuery } from '../compare-query.ts';
import { effectsScale, effectsSection } from './effects-section.ts';

export function compareBody(report: ComparisonReport, asked: CompareQuery): Markup {
  const { refused, setAside, missing, cells, unlike, baseline, candidates } = report;
  const scale = effectsScale(cells);
  const answer = answerSection(comparisonAnswer(report), { prefix: '' });
  return markup`${answer !== null && markup`<section aria-labelledby="answer-h"><h2 id="answer-h">${answer.title}</h2>${answer.body}</section>`}${sides(report, asked)}
${
  setAside.length > 0 &&
  list(
    'Set aside',
    setAside.map(({ run, reason }) => `${run}: ${reason}`),
    'failures',
  )
}
${refused && markup`<div class="alert" role="alert"><p>These runs are not compared: they are unlike in what is refused below. A difference between them may be that, and not what was to be compared.</p></div>`}
${unlike.length > 0 && unlikeTable(unlike, asked)}
${
  !refused &&
  candidates.map((candidate, number) =>
    effectsSection({
      cells: cells.filter((cell) => cell.candidate === number),
      title: `${candidate.name} against ${baseline.name}`,
      number,
      scale,
    }),
  )
}
${
  missing.length > 0 &&
  list(
    'Not compared',
    missing.map(({ probe, path, reason }) => markup`${path} under ${probe}: ${reason}${allowLink(reason, asked)}`),
    'gaps',
  )
}
${!refused && cells.length > 0 && accounts(cells)}`;
}

function sides({ baseline, candidates }: ComparisonReport, asked: CompareQuery): Markup {
  const line = (name: string, run: string, folderRun: Piece, swap: Piece): Markup =>
    markup`<tr><td>${name}</td><th scope="row"><a href="/runs/${run}">${run}</a></th><td>${folderRun}</td><td>${swap}</td></tr>`;
  const about = ({ runs }: ComparisonReport['baseline']): string =>
    runs
      .map(
        ({ state, toolVersion, damage }) =>
          `${state}, hoplab ${toolVersion}${damage.length > 0 ? `, damaged: ${damage.join('; ')}` : ''}`,
      )
      .join('; ');
  const swapped = (id: string): string => hrefTo({ ...asked, runs: asked.runs }, asked.allow, id);
  return markup`<div class="wide" tabindex="0" role="group" aria-label="the runs"><table class="cards"><tbody>${line('baseline', baseline.name, about(baseline), null)}${candidates.map(
    (side) =>
      line(
        'candidate',
        side.name,
        about(side),
        markup`<a class="swap" href="${swapped(side.name)}">make it the baseline</a>`,
      ),
  )}</tbody></table></div>`;
}

function hrefTo({ runs }: CompareQuery, allow: readonly string[], base: string | undefined = runs[0]): string {
  const query = new URLSearchParams([
    ...[...runs].sort().map((run): [string, string] => ['run', run]),
    ...(base === undefined ? [] : [['base', base] as [string, string]]),
    ...allow.map((key): [string, string] => ['allow', key]),
  ]);
  return `/compare?${String(query)}`;
}

/** The value of each side; of options what differs in them. */
function changeCells(key: Unlikeness['key'], before: readonly string[], after: readonly string[]): Markup {
  const [was, is] = [before.join(', '), after.join(', ')];
  if (key === 'options') return markup`<td colspan="2" data-head="change">${changeWords(was, is)}</td>`;
  return markup`<td data-head="baseline">${was}</td><td data-head="candidate">${is}</td>`;
}

function unlikeTable(unlike: readonly Unlikeness[], asked: CompareQuery): Markup {
  // Of several candidates each may differ in the same.
  const seen = new Map(unlike.map((one) => [JSON.stringify({ ...one, candidate: null }), one]));
  const rows = [...seen.values()].map(({ key, level, allowed, path, baselineValues, candidateValues, why }) => {
    const toggled = allowed ? asked.allow.filter((other) => other !== key) : [...asked.allow, key];
    const choice =
      level === 'flagged'
        ? null
        : markup`<a href="${hrefTo(asked, toggled)}">${allowed ? 'refuse it again' : 'compare all the same'}</a>`;
    return markup`<tr${level === 'refused' && !allowed && markup` class="differs"`}><td><span class="state ${level === 'refused' && !allowed ? 'failed' : 'interrupted'}">${level === 'refused' && allowed ? 'allowed' : level}</span></td><th scope="row"><code>${key}</code>${path !== null && ` of ${path}`}</th>${changeCells(key, baselineValues, candidateValues)}<td data-head="why">${why}</td><td>${choice}</td></tr>`;
  });
  return markup`<section aria-labelledby="unlike-h"><h2 id="unlike-h">What differs beside the figures</h2><div class="wide" tabindex="0" role="group" aria-label="what differs"><table class="unlike cards"><thead><tr><th scope="col"></th><th scope="col">what</th><th scope="col">baseline</th><th scope="col">candidate</th><th scope="col">why it matters</th><th scope="col"></th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

/** Every transaction that was sent, and what became of it. */
function accounts(cells: readonly ComparedCell[]): Markup {
  const rows = cells.flatMap(({ path, candidatePath, probe, baselineSamples, candidateSamples }) =>
    (
      [
        ['baseline', path, baselineSamples],
        ['candidate', candidatePath, candidateSamples],
      ] as const
    ).map(
      ([side, name, { sent, used, warmup, lost, discarded, outsideGroups, blocksLeftOut }]) =>
        markup`<tr><th scope="row">${name}</th><td>${probe.name}</td><td>${side}</td>${[sent, used, warmup, lost, discarded, outsideGroups, blocksLeftOut].map((count) => markup`<td>${count}</td>`)}</tr>`,
    ),
  );
  const heads = [
    'path',
    'probe',
    'side',
    'sent',
    'used',
    'warm-up',
    'lost',
    'discarded',
    'outside of groups',
    'blocks left out',
  ];
  return markup`<section aria-labelledby="accounts-h"><h2 id="accounts-h">What became of every transaction</h2><details><summary>sent = used + warm-up + lost + discarded</summary><div class="wide" tabindex="0" role="group" aria-label="accounts"><table class="figures"><thead><tr>${heads.map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div></details></section>`;
}

/** What the command's option does, as a link. */
function allowLink(reason: string, asked: CompareQuery): Markup | null {
  const key = UNLIKE_KEYS.find((known) => reason.includes(`--allow ${known} `));
  if (key === undefined || asked.allow.includes(key)) return null;
  return markup` (<a href="${hrefTo(asked, [...asked.allow, key])}">do it</a>)`;
}

function list(title: string, lines: readonly Piece[], kind: string): Markup {
  return markup`<h2>${title}</h2><ul class="${kind}">${lines.map((line) => markup`<li>${line}</li>`)}</ul>`;
}

/** Which two: the newest runs to choose from; one may be chosen already. */
export function chooseBody(chosen: IndexedRun | null, runs: readonly IndexedRun[]): Markup {
  if (runs.length < 2) return markup`<p>Two runs are needed, and <a href="/">the list</a> has ${runs.length}.</p>`;
  const shared = (run: IndexedRun): boolean => chosen === null || run.paths.some((path) => chosen.paths.includes(path));
  const others = runs.filter((run) => run.id !== chosen?.id);
  // What has no path in common comes last: there is nothing to compare.
  const ordered = [...others.filter(shared), ...others.filter((run) => !shared(run))];
  const first = chosen ?? ordered[1];
  const option = (run: IndexedRun, selected: boolean): Markup =>
    markup`<option value="${run.id}"${selected && markup` selected`}>${run.id}: ${run.paths.join(', ')}</option>`;
  const all = chosen === null ? ordered : [chosen, ...ordered];
  return markup`<form class="filters choose" method="get" action="/compare"><label>one <select name="run">${all.map((run) => option(run, run.id === first?.id))}</select></label>
<label>another <select name="run">${ordered.map((run, index) => option(run, index === 0))}</select></label>
<span class="buttons"><button class="tool">compare</button></span></form>
<p class="lead">Or pick them in <a href="/">the list</a>, up to eight. The oldest is the baseline.</p>`;
}
