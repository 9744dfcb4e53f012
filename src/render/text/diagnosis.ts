// SPDX-License-Identifier: GPL-2.0-only
/** Renders a diagnosis as text for a terminal, a mail or a bug report. */

import type { Diagnosis, KeptFrames, PathDiagnosis, Verdict } from '../../model/diagnosis.ts';
import type { Ladder, RungResult } from '../../model/ladder.ts';
import { RUNGS } from '../../model/ladder.ts';
import type { Direction } from '../../model/place.ts';
import type { EvidenceSource } from '../../model/source.ts';
import { commandLine } from '../../words/command-line.ts';
import { cureText } from '../../words/cure.ts';
import { diagnosisAnswers, diagnosisCounts, type PathState, pathName } from '../../words/diagnosis-answer.ts';
import { formatCounted, formatDirection, formatMoment } from '../../words/format.ts';
import { plainText } from '../../words/plain-text.ts';
import { sourceText } from '../../words/source.ts';
import { indented, wrap } from '../../words/wrap.ts';
import { appliedLines, failureText, priceLines } from './cures.ts';
import { paint, plainSigns, type TextOptions, type Tone } from './style.ts';

const LEAST_WIDTH = 60;
const RUNG_WIDTH = 13;
/** What a cell of the ladder says, and how it looks. */
const OUTCOMES: Readonly<Record<RungResult['outcome'], readonly [string, Tone]>> = {
  pass: ['pass', 'good'],
  fail: ['FAIL', 'error'],
  'not-applicable': ['n/a', 'faint'],
  'not-tried': ['-', 'faint'],
};

/** Ends with a newline. Everything that came from a machine is free of control characters. */
export function renderDiagnosis(diagnosis: Diagnosis, asked: TextOptions): string {
  const options = { ...asked, width: Math.max(LEAST_WIDTH, Math.floor(asked.width)) };
  const { paths, unavailable } = diagnosis;
  const sections = [
    answerLines(diagnosis, options),
    ...paths.map((path) => pathLines(path, options)),
    appliedLines(diagnosis, options),
    priceLines(diagnosis, options),
    section(
      'not looked at',
      unavailable.map(({ path, reason, hint }) => `${path}: ${reason}: ${hint}`),
      options,
    ),
    section('what this machine refused to tell', refusedSources(diagnosis.sources), options),
    foot(diagnosis, options),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => `${lines.join('\n')}\n`);
  return plainSigns(text.join('\n'), options);
}

/** What came out of each path, before all that it rests on: a diagnosis is pasted into bugs. */
function answerLines(diagnosis: Diagnosis, options: TextOptions): string[] {
  return [
    paint('in short', 'heading', options),
    ...diagnosisAnswers(diagnosis).flatMap(({ state, text }) =>
      indented(text, options.width).map((line) => paint(line, state === null ? 'plain' : TONES[state], options)),
    ),
  ];
}

const TONES: Readonly<Record<PathState, Tone>> = {
  ...{ broken: 'error', unattached: 'error', unclimbed: 'warning' },
  ...{ slow: 'good', well: 'good' },
};

function pathLines(path: PathDiagnosis, options: TextOptions): string[] {
  const { failed, ladders, verdicts } = path;
  const name = pathName(path);
  if (failed !== null) {
    const said = `could not be attached: ${failureText(failed)}`;
    return [paint(plainText(name), 'heading', options), ...indented(plainText(said), options.width)];
  }
  return [
    ...ladderTable(name, ladders, options),
    ...ladders.flatMap((ladder) => smallestFailure(ladder, path, options)),
    ...verdicts.flatMap((verdict, i) =>
      verdict.severity === 'broken' ? verdictLines(verdict, i + 1, { path, options }) : slowLines(verdict, options),
    ),
    ...unexplained(path, options),
    ...captureLines(path, options),
  ];
}

function ladderTable(name: string, ladders: readonly Ladder[], options: TextOptions): string[] {
  const head = ladders.map(({ direction }) => formatDirection(direction));
  const widths = head.map((title) => title.length + 2);
  const rows = RUNGS.filter((rung) => ladders.some(({ rungs }) => rungs.some((each) => each.rung === rung)));
  const title = `${plainText(name).padEnd(RUNG_WIDTH)}  ${head.map((text, i) => text.padEnd(widths[i] ?? 0)).join('')}`;
  return [
    paint(title.trimEnd(), 'heading', options),
    ...rows.map((rung) => {
      const cells = ladders.map(({ rungs }, i) => {
        const [text, tone] = OUTCOMES[rungs.find((each) => each.rung === rung)?.outcome ?? 'not-tried'];
        return paint(text, tone, options) + ' '.repeat(Math.max(0, (widths[i] ?? 0) - text.length));
      });
      return `  ${rung.padEnd(RUNG_WIDTH)}${cells.join('')}`.trimEnd();
    }),
  ];
}

/** How many places where packets ended are worth a line. */
const SHOWN_LOSSES = 2;

/** "guest -> host1: the smallest case that fails is udp-small: 0 of 5 answered", and where its packets ended. */
function smallestFailure({ direction, rungs }: Ladder, { evidence }: PathDiagnosis, { width }: TextOptions): string[] {
  const text = smallestText({ direction, rungs });
  if (text === null) return [];
  const traced = evidence.find((each) => each.direction === direction)?.traced ?? [];
  return [
    ...indented(plainText(text), width),
    ...traced
      .slice(0, SHOWN_LOSSES)
      .flatMap((line) => wrap(plainText(line), { width, first: '     - ', rest: '       ' })),
  ];
}

/** null = nothing fails. */
export function smallestText({ direction, rungs }: Pick<Ladder, 'direction' | 'rungs'>): string | null {
  const first = rungs.find(({ outcome }) => outcome === 'fail');
  if (first === undefined) return null;
  const errno = first.errno === null ? '' : ` (${first.errno})`;
  return `${formatDirection(direction)}: the smallest case that fails is ${first.rung}: ${first.detail}${errno}`;
}

interface VerdictContext {
  readonly path: PathDiagnosis;
  readonly options: TextOptions;
}

function verdictLines(
  verdict: Verdict & { readonly directions: readonly Direction[] },
  number: number,
  { path, options }: VerdictContext,
): string[] {
  const { width } = options;
  const every = verdict.directions.length >= path.ladders.length;
  const where = every ? '' : `; ${verdict.directions.map((way) => formatDirection(way)).join(', ')}`;
  const head = `${number}. ${verdict.text} (${verdict.confidence}, ${verdict.severity}${where}) [${verdict.rule}]`;
  const item = (text: string) => wrap(plainText(text), { width, first: '     - ', rest: '       ' });
  return [
    ...wrap(plainText(head), { width, first: '  ', rest: '     ' }).map((line) => paint(line, 'error', options)),
    ...verdict.evidence.flatMap(item),
    ...verdict.cures.flatMap((cure, i) =>
      wrap(plainText(`cure ${i + 1}: ${cureText(cure)}`), { width, first: '     ', rest: '       ' }).map((line) =>
        paint(line, 'good', options),
      ),
    ),
  ];
}

/** What is slow is not why it was asked: a line, and the cure. */
function slowLines({ text, rule, cures }: Verdict, options: TextOptions): string[] {
  const cure = cures[0] === undefined ? '' : `; cure: ${cureText(cures[0])}`;
  return indented(plainText(`slow: ${text} [${rule}]${cure}`), options.width).map((line) =>
    paint(line, 'warning', options),
  );
}

export const UNEXPLAINED = 'no rule knows this fault: the capture and the counters in diagnosis.json are what there is';

export function isUnexplained({ ladders, verdicts }: Pick<PathDiagnosis, 'ladders' | 'verdicts'>): boolean {
  const fails = ladders.some(({ rungs }) => rungs.some(({ outcome }) => outcome === 'fail'));
  return fails && !verdicts.some(({ severity }) => severity === 'broken');
}

/** A path that fails without a verdict says so: what no rule knows is not passed over. */
function unexplained({ ladders, verdicts, couldNotLook }: PathDiagnosis, options: TextOptions): string[] {
  if (!isUnexplained({ ladders, verdicts })) return [];
  return [
    ...indented(UNEXPLAINED, options.width),
    ...blindRules(couldNotLook).flatMap((line) =>
      wrap(plainText(line), { width: options.width, first: '     - ', rest: '       ' }),
    ),
  ].map((line) => paint(line, 'warning', options));
}

function captureLines({ evidence }: PathDiagnosis, { width }: TextOptions): string[] {
  return evidence.flatMap(({ direction, capture, frames }) => {
    if (capture === null) return [];
    return indented(plainText(captureText(direction, capture, frames)), width);
  });
}

/** "firewall-drop could not look: firewall (nft) of host1: no nft on this machine", a line for all that lacked the same. */
export function blindRules(blind: PathDiagnosis['couldNotLook']): string[] {
  const names = new Map<string, string[]>();
  for (const { rule, refused } of blind ?? []) {
    const why = refusedSources(refused).join('; ');
    names.set(why, [...(names.get(why) ?? []), rule]);
  }
  return [...names].map(([why, rules]) => `${rules.join(', ')} could not look: ${why}`);
}

/** "guest -> host1: frames in x.pcapng (tap, host2: 70; ...)". */
export function captureText(direction: Direction, file: string, frames: readonly KeptFrames[]): string {
  const hops = frames.map(({ hop, place, frames: count }) => `${hop}, ${place}: ${count}`);
  return `${formatDirection(direction)}: frames in ${file} (${hops.join('; ')})`;
}

export function refusedSources(sources: readonly EvidenceSource[]): string[] {
  const names = new Map<string, string[]>();
  for (const source of sources) {
    if (!source.used) names.set(source.why, [...(names.get(source.why) ?? []), sourceText(source)]);
  }
  return [...names].map(([why, which]) => `${[...new Set(which)].join(', ')}: ${why}`);
}

function section(title: string, entries: readonly string[], options: TextOptions): string[] {
  if (entries.length === 0) return [];
  return [
    paint(title, 'heading', options),
    ...entries
      .flatMap((entry) => indented(plainText(entry), options.width))
      .map((line) => paint(line, 'faint', options)),
  ];
}

function foot(diagnosis: Diagnosis, options: TextOptions): string[] {
  const { sources, id, startedAt, tool, kernel, guest, argv } = diagnosis;
  const used = sources.filter((source) => source.used).length;
  const machine = `Linux ${kernel}${guest === null ? '' : `, guest Linux ${guest}`}`;
  const what = `diagnosis ${id}: ${diagnosisCounts(diagnosis)}; ${formatCounted(used, 'source')} of evidence; ${machine}; started ${formatMoment(startedAt)}, hoplab ${tool.version}`;
  return [what, `command: ${commandLine(argv)}`].flatMap((line) =>
    wrap(plainText(line), { width: options.width, first: '', rest: '  ' }),
  );
}
