// SPDX-License-Identifier: GPL-2.0-only
/** What a run answers, in at most five lines: the ranking, what differs from the reference, the control, what ended it, what limits it. */
import { byEffect, byFigure, middleOf } from '../model/figure.ts';
import { type Comparison, isDifferent, type ProbeReport, type Report } from '../model/result.ts';
import { directionWord, unitWords } from './figure.ts';
import { formatCounted, formatPercentInterval, formatPercentSigned, formatPercentSize } from './format.ts';
import { orderedOtherwise } from './pair-medians.ts';
import { type PathLabel, pathLabel } from './path-labels.ts';
import { plainText } from './plain-text.ts';
import { untilSentence } from './until.ts';

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** Of the first probe that was compared, or the first of all; empty where nothing was measured. */
export function answerLines(report: Report): string[] {
  const label = pathLabel;
  const measured = report.probes.filter(({ cells }) => cells.length > 0);
  const probe = measured.find(({ comparisons }) => comparisons.length > 0) ?? measured[0];
  if (probe === undefined) return [];
  const until = untilSentence(report, label);
  return [
    ranking(probe, label),
    ...differences(probe, label),
    control(probe, label),
    ...(until === null ? [] : [until]),
    limits(report, probe),
  ].map((line) => plainText(line));
}

/** "tcp-rr, p50 in us, K = 7: host 28.0 ▁, tap 180.2 ▅, ovs 316.0 █", the fastest first; the bars begin at 0. */
function ranking({ probe, k, cells, comparisons }: ProbeReport, label: PathLabel): string {
  const ranked = cells
    .filter(({ twinOf }) => twinOf === null)
    .map((cell) => ({ path: cell.path, middle: middleOf(cell) }))
    .sort((a, b) => byFigure(a.middle, b.middle));
  const compared = comparisons.some(({ isTwin }) => !isTwin);
  const most = Math.max(...ranked.map(({ middle }) => middle.value));
  const { shown, format } = unitWords(ranked[0]?.middle.unit ?? 'ns');
  const bar = (value: number): string => BARS[Math.max(0, Math.ceil((BARS.length * value) / most) - 1)] ?? BARS[0];
  const paths = ranked.map(({ path, middle: { value } }) => `${label(path)} ${format(value)}\u00a0${bar(value)}`);
  return `${probe.name}, p50 in ${shown}${k > 2 && compared ? `, K = ${k}` : ''}: ${paths.join(', ')}`;
}

/** A line for each reference: "against tap, in pairs: passt 63.1 % slower; inconclusive: user, macvtap". */
function differences(probe: ProbeReport, label: PathLabel): string[] {
  const { comparisons, k } = probe;
  const pairs = comparisons.filter(({ isTwin }) => !isTwin);
  if (pairs.length === 0) return ['a ranking of one plugging of the NICs, and no comparison: hoplab run compares'];
  const controlFailed = comparisons.some((one) => one.isTwin && isDifferent(one));
  const references = [...new Set(pairs.map(({ reference }) => reference))];
  return references.map((reference) => {
    const own = pairs.filter((pair) => pair.reference === reference).sort(byEffect);
    const names = (wanted: Comparison['outcome']): string[] =>
      own.filter(({ outcome }) => outcome === wanted).map(({ candidate }) => label(candidate));
    const claimed = own.filter(isDifferent).map(({ candidate, relative, direction, unit }) => {
      return `${label(candidate)} ${formatPercentSize(relative)} ${directionWord(direction, unit ?? 'ns')}`;
    });
    const listed = (['equivalent', 'inconclusive'] as const).flatMap((outcome) => {
      const found = names(outcome);
      return found.length === 0 ? [] : [`${outcome}: ${found.join(', ')}`];
    });
    const parts = [...(claimed.length === 0 ? [] : [claimed.join(', ')]), ...listed];
    const otherwise = controlFailed ? null : orderedOtherwise(probe, reference)?.map((path) => label(path));
    const quote =
      otherwise === undefined || otherwise === null || claimed.length === 0
        ? ''
        : `; quote these, not the ranking, where ${k} paths take turns and ${otherwise.join(' comes before ')}`;
    return `against ${label(reference)}, in pairs: ${parts.join('; ')}${quote}`;
  });
}

function control({ comparisons }: ProbeReport, label: PathLabel): string {
  const twin = comparisons.find((one) => one.isTwin && isDifferent(one)) ?? comparisons.find(({ isTwin }) => isTwin);
  if (twin === undefined) return 'no A/A control was measured: nothing is controlled';
  const { relative, relativeInterval: bounds } = twin;
  const size = `${formatPercentSigned(relative)}${bounds === null ? '' : ` ${formatPercentInterval(bounds)}`}`;
  const what = `${label(twin.candidate)} against ${label(twin.reference)} ${size}`;
  switch (twin.outcome) {
    case 'equivalent':
      return `the A/A control holds: ${what}`;
    case 'different':
      return `the A/A control FAILED, no comparison holds: ${what}`;
    case 'inconclusive':
      return `the A/A control is inconclusive, so that nothing is controlled: ${what}`;
    default:
      return twin.outcome satisfies never;
  }
}

/** What a reader must know before the figures are quoted. */
function limits({ machine, failed, run, warnings }: Report, { comparisons, cells }: ProbeReport): string {
  const [least] = [...comparisons].sort((a, b) => a.draws.length - b.draws.length);
  const unproven = cells.filter(({ proven }) => !proven).length;
  const found = [
    ...(machine.accel === 'tcg' ? ['emulated guest, no figure holds for KVM'] : []),
    ...(least === undefined
      ? []
      : [
          `${formatCounted(least.draws.length, 'draw')} in ${formatCounted(least.guests, 'guest')}` +
            `${least.standing === 'indication' ? ', an indication' : ''}`,
        ]),
    ...(warnings.some(({ kind }) => kind === 'load') ? ['other work had all CPUs before it'] : []),
    ...(run.state === 'finished' ? [] : [`the run is ${run.state}`]),
    ...(failed.length === 0 ? [] : [`${formatCounted(failed.length, 'cell')} failed`]),
    ...(unproven === 0 ? [] : [`${formatCounted(unproven, 'path')} not proven`]),
  ];
  if (found.length > 0) return `limits: ${found.join('; ')}`;
  return warnings.length > 0 ? 'limits: those of the warnings' : 'nothing that is known limits it';
}
