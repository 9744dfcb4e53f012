// SPDX-License-Identifier: GPL-2.0-only
/** The states of a card's checklist: from its runs and diagnoses, and from what was noted by hand. */
import type { PathDiagnosis, Verdict } from '../model/diagnosis.ts';
import type { Report } from '../model/result.ts';
import { formatProbe } from '../words/format.ts';
import { plainText } from '../words/plain-text.ts';
import { oneLine } from './block.ts';
import type { DiagnosisFact, Facts, RunFact } from './facts.ts';
import type { NotedState } from './note.ts';
import type { Card, Configuration } from './notebook.ts';
import type { Earlier } from './told.ts';
import { type Day, showWeek, weekOf } from './week.ts';

const STATE_WORDS = ['OK', 'failed', 'under investigation', 'not tested'] as const;
export type StateWord = (typeof STATE_WORDS)[number];

/** How one configuration stands. */
export interface ConfigurationState {
  readonly configuration: Configuration;
  readonly word: StateWord;
  /** Why; empty where nothing more is to say. */
  readonly reason: string;
  /** What it rests on, for a footnote; null = somebody's word. */
  readonly source: string | null;
  /** The week that it is from, where that is an earlier one. */
  readonly week: string | null;
  /** Whether this report is the first to tell it. */
  readonly isNews: boolean;
}

/** One thing that says how a configuration stands. */
interface Event {
  readonly day: Day;
  /** Within a day: what somebody noted comes before what was measured. */
  readonly moment: string;
  readonly word: StateWord;
  readonly reason: string;
  readonly source: string | null;
  readonly isNews: boolean;
}

const MOST_REASON = 240;
const MOST_NAME = 300;
const MOST_SEPARATORS = 60;
/** What people put between a configuration and its state. */
const SEPARATOR = /\s*(?:\.{2,}|…)\s*|\s*:\s+|\s+-+>?\s+|\s+=+>?\s+|\s+\(|\s+/gu;
const STATE =
  /^(ok(?:ay)?|pass(?:e[sd])?|works|failed|fails?|broken|under investigation|investigating|wip|in progress|not tested(?: yet)?|untested|todo|tbd|n\/a)(?=$|[\s:;,.(!-])\s*(?:[:;,-]\s*)?(.*)$/i;

/** The state that a text begins with: "failed: no route"; null where it begins with none. */
export function parseState(text: string): { readonly word: StateWord; readonly reason: string } | null {
  const found = STATE.exec(oneLine(text));
  if (found === null) return null;
  const [, said = '', rest = ''] = found;
  return { word: wordOf(said.toLowerCase()), reason: rest.replace(/^[:;,.-]\s*/, '').replace(/^\(([^()]*)\)$/, '$1') };
}

function wordOf(said: string): StateWord {
  if (/^(ok|pass|works)/.test(said)) return 'OK';
  if (/^(fail|broken)/.test(said)) return 'failed';
  return /^(not|un|to|tbd|n\/)/.test(said) && !said.startsWith('under') ? 'not tested' : 'under investigation';
}

/** "tap + bridge ... failed: reason": the name and what is said of it; the name is one of `names` where it can be. */
export function splitState(
  text: string,
  names: readonly string[],
): { readonly name: string | null; readonly rest: string } {
  const plain = oneLine(text);
  const lower = plain.toLowerCase();
  const known = names
    .filter((name) => lower.startsWith(name.toLowerCase()) && !/^[\p{L}\p{N}]/u.test(plain.slice(name.length)))
    .sort((a, b) => b.length - a.length)[0];
  if (known !== undefined)
    return { name: known, rest: plain.slice(known.length).replace(/^(?:[\s.…]+|\s*(?:=+>?|:|->?|–)\s*)+/u, '') };
  let seen = 0;
  for (const separator of plain.slice(0, MOST_NAME).matchAll(SEPARATOR)) {
    if (separator.index === 0) continue;
    // A state stands near its name; a long text is searched no further.
    if (seen++ > MOST_SEPARATORS) break;
    const rest = plain.slice(separator.index + separator[0].length);
    if (parseState(rest) === null) continue;
    const closes = separator[0].endsWith('(') && rest.endsWith(')') && !rest.includes('(');
    return { name: plain.slice(0, separator.index), rest: closes ? rest.slice(0, -1) : rest };
  }
  return { name: null, rest: plain };
}

/** Every line of the checklist, with the newest that is known of it up to the end of the report. */
export function configurationStates(card: Card, facts: Facts, earlier: Earlier): ConfigurationState[] {
  return card.configurations.map((configuration) => {
    const events = [
      ...notedEvents(card, configuration, earlier),
      ...runEvents(configuration, facts.runs, earlier),
      ...diagnosisEvents(configuration, facts.diagnoses, earlier),
    ].sort((a, b) => (a.day + a.moment < b.day + b.moment ? -1 : 1));
    const last = events.at(-1);
    if (last === undefined)
      return { configuration, word: 'not tested', reason: '', source: null, week: null, isNews: false };
    const { day, word, reason, source, isNews } = last;
    const week = isNews || day >= earlier.span.from ? null : showWeek(weekOf(day));
    return { configuration, word, reason, source, week, isNews };
  });
}

/** The configuration that a lettered line speaks of: by its name, else by its letter. */
export function configurationOf(card: Pick<Card, 'configurations'>, state: NotedState): Configuration | null {
  const { name } = splitState(
    state.text,
    card.configurations.map((each) => each.name),
  );
  const named = card.configurations.find((each) => each.name === name);
  return named ?? card.configurations.find(({ letter }) => letter === state.letter) ?? null;
}

function notedEvents(card: Card, configuration: Configuration, { span, newsFrom }: Earlier): Event[] {
  return card.notes.notes
    .filter(({ day }) => day <= span.to)
    .flatMap(({ day, states }) =>
      states
        .filter((state) => configurationOf(card, state) === configuration)
        .map((state): Event => {
          const { rest } = splitState(state.text, [configuration.name]);
          const said = parseState(rest) ?? { word: 'under investigation' as const, reason: rest };
          return { day, moment: '', ...said, source: null, isNews: day >= newsFrom };
        }),
    );
}

function runEvents(configuration: Configuration, runs: readonly RunFact[], earlier: Earlier): Event[] {
  const { path } = configuration;
  if (path === null) return [];
  return runs
    .filter(
      ({ id, label }) => configuration.runs.includes(id) || (label !== null && configuration.runs.includes(label)),
    )
    .flatMap((run): Event[] => {
      const outcome = outcomeOf(run.report, path);
      if (outcome === null) return [];
      const probes = run.report.probes.filter(({ cells }) => cells.some((cell) => cell.path === path));
      const how = probes.map(({ probe }) => formatProbe(probe)).join('; ');
      return [
        {
          day: run.day,
          moment: run.startedAt,
          ...outcome,
          source: plainText(`run ${run.id}${how === '' ? '' : `: ${how}`}`),
          isNews: earlier.isNews(run.day, run.id),
        },
      ];
    });
}

/** A path is OK where it was measured under every probe and its counters show that packets went that way. */
function outcomeOf(report: Report, path: string): { readonly word: StateWord; readonly reason: string } | null {
  const failed = report.failed.find((cell) => cell.path === path || cell.draw?.pair.includes(path));
  if (failed !== undefined) return { word: 'failed', reason: short(`${failed.reason} (${failed.code})`) };
  const missing = report.unavailable.find((each) => each.path === path);
  if (missing !== undefined) return { word: 'not tested', reason: short(missing.reason) };
  const cells = report.probes.flatMap((probe) => probe.cells.filter((cell) => cell.path === path));
  if (cells.length === 0) return null;
  if (cells.some((cell) => !cell.proven)) {
    const reason = 'it was measured, and the counters along the path do not show its packets';
    return { word: 'under investigation', reason };
  }
  return { word: 'OK', reason: '' };
}

function diagnosisEvents({ diagnosis }: Configuration, facts: readonly DiagnosisFact[], earlier: Earlier): Event[] {
  if (diagnosis === null) return [];
  return facts
    .filter((fact) => diagnosis.lab === null || fact.diagnosis.lab === diagnosis.lab)
    .flatMap((fact) =>
      fact.diagnosis.paths
        .filter(({ path }) => path === diagnosis.path)
        .map((path): Event => {
          const [verdict] = brokenVerdicts(path);
          const rule = verdict === undefined ? '' : `: ${verdict.rule} (${verdict.confidence})`;
          return {
            day: fact.day,
            moment: fact.startedAt,
            ...diagnosed(path, fact),
            source: plainText(`diagnosis ${fact.id}${rule}; diagnoses/${fact.id}/diagnosis.txt beside the runs`),
            isNews: earlier.isNews(fact.day, fact.id),
          };
        }),
    );
}

function brokenVerdicts({ verdicts }: PathDiagnosis): Verdict[] {
  return verdicts.filter(({ severity }) => severity === 'broken');
}

function diagnosed(
  path: PathDiagnosis,
  { diagnosis }: DiagnosisFact,
): { readonly word: StateWord; readonly reason: string } {
  if (path.failed !== null) return { word: 'failed', reason: short(`${path.failed.message} (${path.failed.code})`) };
  const failing = path.ladders.flatMap(({ rungs }) => rungs.filter(({ outcome }) => outcome === 'fail'));
  const [verdict] = brokenVerdicts(path);
  if (verdict === undefined) {
    const rungs = [...new Set(failing.map(({ rung }) => rung))].join(', ');
    if (rungs === '') return { word: 'OK', reason: 'every protocol passes; not measured' };
    return { word: 'under investigation', reason: short(`${rungs} fail, and nothing that was seen says why`) };
  }
  const healed = diagnosis.applied.find((cure) => cure.path === path.path && cure.healed);
  const cure = healed === undefined ? '' : `; healed by: ${healed.cure.what}`;
  if (verdict.confidence === 'certain') return { word: 'failed', reason: short(verdict.text + cure) };
  return { word: 'under investigation', reason: short(`${verdict.confidence}: ${verdict.text}${cure}`) };
}

/** One sentence in one line. */
function short(text: string): string {
  return plainText(oneLine(text), MOST_REASON);
}
