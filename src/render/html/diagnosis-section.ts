// SPDX-License-Identifier: GPL-2.0-only
/** A diagnosis: the ladder of each path, what is wrong and how that is known, what cures it and what that costs. */
import type { Diagnosis, PathDiagnosis } from '../../model/diagnosis.ts';
import { type Ladder, RUNGS, type RungResult } from '../../model/ladder.ts';
import { cureText } from '../../words/cure.ts';
import { diagnosisAnswers, type PathState, pathName } from '../../words/diagnosis-answer.ts';
import { formatCounted, formatDirection } from '../../words/format.ts';
import { type Markup, markup } from '../markup.ts';
import { cureOutcome, failureText, priceStatements } from '../text/cures.ts';
import {
  blindRules,
  captureText,
  isUnexplained,
  refusedSources,
  smallestText,
  UNEXPLAINED,
} from '../text/diagnosis.ts';
import { folded, heading, type Section, type SectionContext, wide } from './section.ts';

export function diagnosisSections(diagnosis: Diagnosis, context: SectionContext): Section[] {
  const { paths, applied, prices, unavailable, sources } = diagnosis;
  const refused = refusedSources(sources);
  const lines = (entries: readonly string[]): Markup =>
    markup`<ul>${entries.map((entry) => markup`<li>${entry}</li>`)}</ul>`;
  const section = (id: string, title: string, body: Markup): Section => ({ id: `${context.prefix}${id}`, title, body });
  return [
    answersSection(diagnosis, context),
    ...paths.map((path, index) => section(`path-${index}`, pathName(path), pathPart(path, context))),
    ...(applied.length === 0
      ? []
      : [
          section(
            'cures',
            'Cures applied',
            markup`<ul>${applied.map((one) => markup`<li class="${one.healed ? 'v-holds' : 'v-failed'}"><strong>${one.path}, cure ${one.number}</strong>: ${cureText(one.cure)}: ${cureOutcome(one)}</li>`)}</ul>`,
          ),
        ]),
    ...prices.map((price, index) =>
      section(`price-${index}`, `What it costs: ${price.path}`, lines(priceStatements(price))),
    ),
    ...(unavailable.length === 0
      ? []
      : [
          section(
            'unavailable',
            'Not looked at',
            lines(unavailable.map(({ path, reason, hint }) => `${path}: ${reason}: ${hint}`)),
          ),
        ]),
    ...(refused.length === 0 ? [] : [section('refused', 'What this machine refused to tell', lines(refused))]),
  ];
}

/** What came out of each path, before all that it rests on. */
function answersSection(diagnosis: Diagnosis, { prefix }: SectionContext): Section {
  const items = diagnosisAnswers(diagnosis).map(
    ({ state, text }) => markup`<li class="${state === null ? '' : TONES[state]}">${text}</li>`,
  );
  return { id: `${prefix}answer`, title: 'In short', body: markup`<ul class="sentences">${items}</ul>` };
}

const TONES: Readonly<Record<PathState, string>> = {
  ...{ broken: 'v-failed', unattached: 'v-failed', unclimbed: '' },
  ...{ slow: 'v-holds', well: 'v-holds' },
};

function pathPart(path: PathDiagnosis, context: SectionContext): Markup {
  const { failed, ladders, verdicts, evidence } = path;
  if (failed !== null) return markup`<p class="v-failed">Could not be attached: ${failureText(failed)}</p>`;
  const smallest = ladders.flatMap((ladder) => {
    const text = smallestText(ladder);
    if (text === null) return [];
    const traced = evidence.find(({ direction }) => direction === ladder.direction)?.traced ?? [];
    return [
      markup`<li>${text}${traced.length > 0 && markup`<ul>${traced.map((line) => markup`<li>${line}</li>`)}</ul>`}</li>`,
    ];
  });
  const captures = evidence.flatMap(({ direction, capture, frames }) => {
    if (capture === null) return [];
    return [markup`<li>${captureText(direction, capture, frames)}</li>`];
  });
  return markup`${heading(context, 'Ladder')}${wide(`ladder of ${path.path}`, ladderTable(ladders))}${folded('what each rung sent and saw', wide(`rungs of ${path.path}`, rungTable(ladders)))}${smallest.length > 0 && markup`<ul>${smallest}</ul>`}${verdicts.length > 0 && heading(context, formatCounted(verdicts.length, 'verdict'))}${verdicts.map((verdict, index) => verdictPart(verdict, index + 1, path))}${isUnexplained(path) && unexplained(path)}${captures.length > 0 && markup`<ul class="notes">${captures}</ul>`}`;
}

/** What no rule knows, and which could not look. */
function unexplained({ couldNotLook }: PathDiagnosis): Markup {
  const blind = blindRules(couldNotLook);
  return markup`<p class="v-failed">${UNEXPLAINED}</p>${blind.length > 0 && markup`<ul class="evidence">${blind.map((line) => markup`<li>${line}</li>`)}</ul>`}`;
}

/** What a cell says; a sign stands before the word, so that colour is not all. */
const OUTCOMES: Readonly<Record<RungResult['outcome'], string>> = {
  pass: '✓ pass',
  fail: '✗ FAIL',
  'not-applicable': 'n/a',
  'not-tried': '- not tried',
};

function ladderTable(ladders: readonly Ladder[]): Markup {
  const rungs = RUNGS.filter((rung) => ladders.some((ladder) => ladder.rungs.some((one) => one.rung === rung)));
  const rows = rungs.map((rung) => {
    const cells = ladders.map((ladder) => {
      const found = ladder.rungs.find((one) => one.rung === rung);
      const outcome = found?.outcome ?? 'not-tried';
      return markup`<td class="o-${outcome}" title="${found?.detail ?? ''}">${OUTCOMES[outcome]}</td>`;
    });
    return markup`<tr><th scope="row">${rung}</th>${cells}</tr>`;
  });
  return markup`<table class="ladder"><caption class="hidden">Which protocols pass, the simplest first</caption><thead><tr><th scope="col">rung</th>${ladders.map(({ direction }) => markup`<th scope="col">${formatDirection(direction)}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`;
}

function rungTable(ladders: readonly Ladder[]): Markup {
  const rows = ladders.flatMap(({ direction, rungs }) =>
    rungs.map(
      ({ rung, outcome, detail, errno, sent, answered, ms }) =>
        markup`<tr><th scope="row">${formatDirection(direction)}: ${rung}</th><td class="o-${outcome}">${OUTCOMES[outcome]}</td><td>${answered} of ${sent}</td><td>${detail}${errno !== null && ` (${errno})`}</td><td>${Math.round(ms)} ms</td></tr>`,
    ),
  );
  return markup`<table class="environment"><thead><tr>${['rung', 'outcome', 'answered', 'what was seen', 'took'].map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`;
}

function verdictPart(verdict: PathDiagnosis['verdicts'][number], number: number, { ladders }: PathDiagnosis): Markup {
  const { text, confidence, severity, directions, rule, evidence, cures } = verdict;
  const ways =
    directions.length >= ladders.length ? '' : `; ${directions.map((way) => formatDirection(way)).join(', ')}`;
  return markup`<div class="verdict ${severity}"><p><strong>${number}. ${text}</strong> <span class="key">(${confidence}, ${severity}${ways})</span> <code>${rule}</code></p>${evidence.length > 0 && markup`<ul class="evidence">${evidence.map((line) => markup`<li>${line}</li>`)}</ul>`}${cures.length > 0 && markup`<ol class="cures">${cures.map((cure) => markup`<li>${cureText(cure)}</li>`)}</ol>`}</div>`;
}
