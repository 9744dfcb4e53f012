// SPDX-License-Identifier: GPL-2.0-only
/** The comparisons of a run: a forest plot, a sentence each, and the figures behind both. */
import { differenceOf } from '../../model/figure.ts';
import type { Comparison, ProbeReport } from '../../model/result.ts';
import type { Unit } from '../../model/unit.ts';
import { probeOf } from '../../probes/index.ts';
import type { RunFigures } from '../../results/run/figures.ts';
import { directionWord, unitWords } from '../../words/figure.ts';
import { formatHeading, formatPercentSigned } from '../../words/format.ts';
import { pairMedians, quoteNote } from '../../words/pair-medians.ts';
import { sentence, VALIDITY_WORDS } from '../../words/sentence.ts';
import { type ForestRow, forestPlot } from '../charts/forest.ts';
import { type Markup, markup } from '../markup.ts';
import { basis, orderComparisons } from '../text/comparisons.ts';
import type { RunWords } from '../text/run-words.ts';
import { folded, heading, type Section, type SectionContext, wide } from './section.ts';

/** null = nothing was compared. */
export function comparisonSection({ report }: RunFigures, words: RunWords, context: SectionContext): Section | null {
  const compared = report.probes.filter(({ comparisons }) => comparisons.length > 0);
  if (compared.length === 0) return null;
  const note = quoteNote(report, words.label);
  const body = markup`${note !== null && markup`<p>${note}</p>`}${compared.map((probe, index) => probeComparisons(probe, index, { words, context }))}`;
  return { id: `${context.prefix}comparisons`, title: 'Comparisons', body };
}

interface Parts {
  readonly words: RunWords;
  readonly context: SectionContext;
}

function probeComparisons({ probe, comparisons }: ProbeReport, index: number, { words, context }: Parts): Markup {
  const { controlFailed, ordered } = orderComparisons(comparisons);
  const { label } = words;
  const rows = ordered.map(
    (comparison): ForestRow => ({
      comparison,
      label: `${label(comparison.candidate)} against ${label(comparison.reference)}`,
      sentence: sentence(comparison, { label, controlFailed }),
    }),
  );
  const key = formatHeading(probe, basis(comparisons), words.context.emulated);
  const chart = forestPlot(rows, {
    id: `${context.prefix}forest-${index}`,
    title: `Differences of p50 under ${probe.name}, with their 95 % intervals`,
    description: rows.map((row) => row.sentence).join('. '),
  });
  return markup`${heading(context, [markup`<span class="probe">${probe.name}</span> `, markup`<span class="key">${key}</span>`])}
<ul class="sentences">${rows.map((row) => markup`<li class="v-${toneOf(row.comparison)}">${row.sentence}</li>`)}</ul>
<figure>${wide(`differences under ${probe.name}`, chart)}<figcaption>Square and line: the mean over draws and its 95 % interval; dots: each draw; shaded: the margin within which nothing is claimed.</figcaption></figure>
${folded('the figures behind it', wide('figures of the comparisons', comparisonTable(ordered, probeOf(probe.protocol).unit, words)))}`;
}

function toneOf({ isTwin, outcome, direction, validity }: Comparison): string {
  if (validity === 'invalid' || (isTwin && outcome === 'different')) return 'failed';
  return isTwin && outcome === 'equivalent' ? 'holds' : (direction ?? outcome);
}

function comparisonTable(comparisons: readonly Comparison[], unit: Unit, { label }: RunWords): Markup {
  const { shown, format } = unitWords(unit);
  const heads = [
    'candidate',
    'reference',
    'difference',
    'from',
    'to',
    shown,
    `p50, ${shown}`,
    'of the reference',
    'p',
    'p (Holm)',
    'draws',
    'guests',
    'n',
    'K',
    'outcome',
    'control',
    'more draws',
    'standing',
    'slots',
  ];
  const rows = comparisons.map((one) => {
    const { relativeInterval: bounds, pValue, holmPValue } = one;
    const { value: difference } = differenceOf(one);
    return markup`<tr><th scope="row">${label(one.candidate)}</th><td>${label(one.reference)}</td><td><data value="${one.relative}">${formatPercentSigned(one.relative)}</data></td>${[
      bounds?.low,
      bounds?.high,
    ].map(
      (end) =>
        markup`<td>${end === undefined ? '-' : markup`<data value="${end}">${formatPercentSigned(end)}</data>`}</td>`,
    )}<td><data value="${difference}">${format(difference)}</data></td>${medians(one, unit)}<td>${probability(pValue)}</td><td>${probability(holmPValue)}</td><td>${one.draws.length}</td><td class="spare">${one.guests}</td><td class="spare">${one.n}</td><td class="spare">${one.k}</td><td>${directionWord(one.direction, unit) ?? one.outcome}${one.isTwin && ' (A/A control)'}</td><td>${VALIDITY_WORDS[one.validity]}</td><td class="spare">${one.moreDraws ?? '-'}</td><td class="spare">${one.standing}</td><td class="spare">${one.slots}</td></tr>`;
  });
  return markup`<table class="figures sortable" data-name="comparisons"><thead><tr>${heads.map((head) => markup`<th scope="col"${SPARE.has(head) && markup` class="spare"`}>${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`;
}

/** Not on paper, which has no room for them: they stand in the heading and the sentences above. */
const SPARE: ReadonlySet<string> = new Set(['guests', 'n', 'K', 'more draws', 'standing', 'slots']);

/** Of the pair itself, over its draws. */
function medians(comparison: Comparison, unit: Unit): Markup[] {
  const { candidate, reference } = pairMedians(comparison);
  return [candidate, reference].map(
    (value) => markup`<td><data value="${value}" title="${value} ${unit}">${unitWords(unit).format(value)}</data></td>`,
  );
}

function probability(p: number | null): Markup | string {
  return p === null ? '-' : markup`<data value="${p}">${p < 0.0001 ? '<0.0001' : Number(p.toPrecision(3))}</data>`;
}
