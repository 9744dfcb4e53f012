// SPDX-License-Identifier: GPL-2.0-only
/** A trace: each path's waterfall with its segments and facts, the difference of two, and the slowest transactions. */
import type { ShapeBreakdown } from '../../model/trace-breakdown.ts';
import type { TracedDiff, TracedPath, TraceReport } from '../../model/trace-report.ts';
import type { SlowTransaction } from '../../model/trace-slow.ts';
import type { TraceStep } from '../../model/trace-timelines.ts';
import { formatCounted, formatSmallUs, formatUs } from '../../words/format.ts';
import { describeDifference, describeSegment, describeStep } from '../../words/segment.ts';
import { differenceChart } from '../charts/difference.ts';
import { waterfallChart } from '../charts/waterfall.ts';
import { type Markup, markup } from '../markup.ts';
import { pathFacts, traceNotes } from '../text/trace.ts';
import { diffVerdict } from '../text/trace-diff.ts';
import { tracedPathTitle } from '../text/traced-path-title.ts';
import { folded, heading, type Section, type SectionContext, wide } from './section.ts';

export function traceSections(report: TraceReport, context: SectionContext): Section[] {
  const slow = report.paths.filter((path) => path.slow.length > 0);
  return [
    {
      id: `${context.prefix}waterfall`,
      title: 'Where a round trip goes',
      body: markup`${report.paths.map((path, index) => pathPart(path, report, { ...context, prefix: `${context.prefix}wf-${index}` }))}`,
    },
    ...report.diffs.flatMap((diff, index) =>
      // What rotates together changes what is measured: a difference is shown for a pair that rotated alone.
      report.diffs.length === 1 ? [diffSection(diff, { ...context, prefix: `${context.prefix}diff-${index}` })] : [],
    ),
    ...(slow.length === 0
      ? []
      : [
          {
            id: `${context.prefix}slow`,
            title: 'The slowest transactions',
            body: markup`${slow.map(({ path, slow: all }) => markup`${heading(context, path)}${all.map(slowPart)}`)}`,
          },
        ]),
  ];
}

export function traceNotesSection(report: TraceReport, context: SectionContext): Section {
  const notes = traceNotes(report);
  return {
    id: `${context.prefix}notes`,
    title: 'Notes',
    body: markup`<ul class="notes">${notes.map((one) => markup`<li>${one}</li>`)}</ul>`,
  };
}

function pathPart(path: TracedPath, report: TraceReport, context: SectionContext): Markup {
  const { name, key } = tracedPathTitle(path, report);
  const shown = path.breakdown?.common ?? path.breakdown?.byShape[0] ?? null;
  const facts = pathFacts(path, shown);
  return markup`${heading(context, [markup`<span class="probe">${name}</span> `, markup`<span class="key">${key}</span>`])}${shown !== null && breakdownPart(name, shown, context)}<ul class="notes">${facts.map((fact) => markup`<li>${fact}</li>`)}</ul>`;
}

function breakdownPart(name: string, shown: ShapeBreakdown, context: SectionContext): Markup {
  const largest = [...shown.segments].sort((a, b) => b.share - a.share).slice(0, 3);
  const most = largest.map((segment) => `${describeSegment(segment).what} ${(segment.share * 100).toFixed(1)} %`);
  const chart = waterfallChart(shown, {
    id: context.prefix,
    title: `${name}: where a round trip goes`,
    description: `A bar a segment in the order of the way, mean of ${shown.transactions} transactions. The largest: ${most.join(', ')}. The table below has all of them.`,
  });
  return markup`<figure>${wide(`waterfall of ${name}`, chart)}<figcaption>Bars and figures are means, which add up to the whole. To quote a segment take its p50, as in the summary: one slow transaction does not move it.</figcaption></figure>${folded('segments as a table', wide(`segments of ${name}`, segmentTable(shown)))}`;
}

function segmentTable({ segments, total, waterfalls }: ShapeBreakdown): Markup {
  const heads = [
    'segment',
    'where',
    'min',
    'mean',
    'p50',
    'p99',
    'share',
    ...waterfalls.map(({ quantile }) => `~p${Math.round(quantile * 100)}`),
    '± clock',
  ];
  const us = (ns: number): Markup => markup`<td><data value="${ns}" title="${ns} ns">${formatUs(ns)}</data></td>`;
  const rows = segments.map((segment, index) => {
    const { what, where } = describeSegment(segment);
    const { minNs, meanNs, p50Ns, p99Ns, share, boundNs } = segment;
    return markup`<tr><th scope="row">${what}</th><td class="words">${where}</td>${[minNs, meanNs, p50Ns, p99Ns].map(us)}<td><data value="${share}">${(share * 100).toFixed(1)} %</data></td>${waterfalls.map(({ segmentNs }) => us(segmentNs[index] ?? 0))}<td>${boundNs === null ? '-' : formatSmallUs(boundNs)}</td></tr>`;
  });
  const whole = markup`<tr class="total"><th scope="row">first point to last</th><td class="words">-</td>${[total.minNs, total.meanNs, total.p50Ns, total.p99Ns].map(us)}<td>100.0 %</td>${waterfalls.map(({ totalNs }) => us(totalNs))}<td>-</td></tr>`;
  return markup`<table class="figures" data-name="segments"><thead><tr>${heads.map(headOf)}</tr></thead><tbody>${rows}${whole}</tbody></table>`;
}

/** Words are read from the left, and so is their head. */
function headOf(head: string): Markup {
  const isWords = ['where', 'point', 'task'].includes(head);
  return markup`<th scope="col"${isWords && markup` class="words"`}>${head}</th>`;
}

function diffSection({ a, b, diff }: TracedDiff, context: SectionContext): Section {
  const title = `${b} against ${a}`;
  if (diff === null) return { id: context.prefix, title, body: markup`<p>No block of both can be used.</p>` };
  const chart = differenceChart(diff, {
    id: `${context.prefix}-chart`,
    title: `${title}: where the difference is made`,
    description: `A segment a row: ${b} minus ${a}, mean over draws, with 95 % intervals. The table below has all of them.`,
  });
  const only = (name: string, steps: readonly TraceStep[]): Markup | null =>
    steps.length === 0 ? null : markup`<li>only ${name} has ${steps.map(describeStep).join(', ')}</li>`;
  return {
    id: context.prefix,
    title,
    body: markup`<figure>${wide(title, chart)}<figcaption>${diffVerdict(diff.draws)}</figcaption></figure>${folded('as a table', wide(`${title} as a table`, diffTable(a, b, diff)))}<ul class="notes">${only(
      a,
      diff.segments.flatMap(({ onlyA }) => onlyA),
    )}${only(
      b,
      diff.segments.flatMap(({ onlyB }) => onlyB),
    )}</ul>`,
  };
}

function diffTable(a: string, b: string, { segments, total }: NonNullable<TracedDiff['diff']>): Markup {
  const us = (ns: number): Markup => markup`<td><data value="${ns}" title="${ns} ns">${formatUs(ns)}</data></td>`;
  const rows = [
    ...segments.map((segment) => ({ ...segment, ...describeDifference(segment) })),
    { ...total, what: 'all of it', where: '-' },
  ];
  return markup`<table class="figures" data-name="difference"><thead><tr>${['segment', 'where', `${a}, us`, `${b}, us`, 'difference', 'from', 'to', 'p (Holm)'].map(headOf)}</tr></thead><tbody>${rows.map(
    ({ what, where, meanANs, meanBNs, differenceNs, interval, pValue }) =>
      markup`<tr><th scope="row">${what}</th><td class="words">${where}</td>${us(meanANs)}${us(meanBNs)}${us(differenceNs)}${interval === null ? markup`<td>-</td><td>-</td>` : [us(interval.lowNs), us(interval.highNs)]}<td>${pValue === null ? '-' : Number(pValue.toPrecision(3))}</td></tr>`,
  )}</tbody></table>`;
}

const MOST_BESIDE = 4;

function slowPart({ number, totalNs, longest, events, beside }: SlowTransaction): Markup {
  const meanwhile = beside.slice(0, MOST_BESIDE).map(({ what, cpu, ns }) => `${what} on CPU ${cpu} ${formatUs(ns)} us`);
  const own = events.filter(({ kind }) => kind === 'own');
  const rows = own.map(({ atNs, machine, place, device, point, task, cpu }, index) => {
    const before = own[index - 1]?.atNs ?? atNs;
    const where = [place === '' ? machine : place, device].filter((word) => word !== '').join(' ');
    return markup`<tr><td>${formatUs(atNs)}</td><td>+${formatUs(atNs - before)}</td><td class="words">${where}</td><td class="words">${point}</td><td class="words">${task}</td><td>${cpu}</td></tr>`;
  });
  return markup`<p>Transaction ${number}: ${formatUs(totalNs)} us, of which ${formatUs(longest.ns)} us from ${longest.from} to ${longest.to}; meanwhile ${meanwhile.join(', ') || 'nothing else was recorded on its CPUs'}.</p>${folded(
    formatCounted(own.length, 'event'),
    wide(
      `events of transaction ${number}`,
      markup`<table class="figures"><thead><tr>${['us', 'since', 'where', 'point', 'task', 'CPU'].map(headOf)}</tr></thead><tbody>${rows}</tbody></table>`,
    ),
  )}`;
}
