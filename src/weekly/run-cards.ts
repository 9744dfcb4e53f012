// SPDX-License-Identifier: GPL-2.0-only
/** Which card a run is about, which path a name means, and what runs and diagnoses say of it. */
import type { Diagnosis, PathDiagnosis } from '../model/diagnosis.ts';
import type { Report } from '../model/result.ts';
import { plainText } from '../words/plain-text.ts';
import type { DiagnosisFact, Facts, RunFact } from './facts.ts';
import { oneLine } from './mail-line.ts';
import { type Mail, nodesOf } from './mail-tree.ts';
import type { Settings } from './settings.ts';
import type { StateClass } from './state.ts';

/** The cards of a mail, each id once, with what weekly.yaml says of them. */
export function namedCards({ nodes }: Mail, settings: Settings) {
  const cards = nodesOf(nodes, 'card');
  const firsts = new Map(cards.toReversed().map((card) => [card.id, card]));
  return cards.flatMap((card) => {
    if (firsts.get(card.id) !== card) return [];
    const { runs = [], labs = [], paths = {} } = settings.cards[card.id] ?? {};
    const names = nodesOf([card], 'item').map(({ name }) => name);
    const lower = Object.entries(paths).map(([name, path]) => [name.toLowerCase(), path] as const);
    return [{ id: card.id, names, runs: runs.map((name) => name.toLowerCase()), labs, paths: new Map(lower) }];
  });
}

/** `names` are those of its checklist; `paths` say which path a name means. */
export type NamedCard = ReturnType<typeof namedCards>[number];

/** The card that a label or an id of a run names: by weekly.yaml, else the id itself ("str-68", "str-68-again"). */
export function cardOfRun(names: readonly string[], cards: readonly NamedCard[]): NamedCard | null {
  const lower = names.map((name) => name.toLowerCase());
  const said = cards.find(({ runs }) => runs.some((name) => lower.includes(name)));
  if (said !== undefined) return said;
  const named = cards.filter(({ id }) => lower.some((name) => `${name}-`.startsWith(`${id.toLowerCase()}-`)));
  return named.sort((a, b) => b.id.length - a.id.length)[0] ?? null;
}

/**
 * The path that a name means: as weekly.yaml says, else the name itself, else its first word where the others add nothing and
 * no other name of the card begins with it. null: none is meant, and nothing is claimed.
 */
export function pathOfName(name: string, card: NamedCard, paths: ReadonlySet<string>): string | null {
  const lower = name.toLowerCase();
  const said = card.paths.get(lower) ?? (paths.has(lower) ? lower : undefined);
  if (said !== undefined) return said;
  const first = firstWord(lower);
  if (!ADDS_NOTHING.test(lower.slice(first.length))) return null;
  const others = card.names.some((other) => other.toLowerCase() !== lower && firstWord(other.toLowerCase()) === first);
  return paths.has(first) && !others && ![...card.paths.values()].includes(first) ? first : null;
}

/** "tap + bridge", "user NAT", "host to host"; "macvtap+vlan" is another path than macvtap. */
const ADDS_NOTHING =
  /^(?:\s*\+\s*(?:linux )?bridge|\s+(?:bridge|switch|nat|to host|network(?:ing)?|mode|path|nic|device))?$/;

function firstWord(name: string): string {
  return /^[a-z0-9-]+/.exec(name)?.[0] ?? '';
}

/** The cards that runs and diagnoses of the week tell of, with the states of their paths, the oldest first. */
export function factsOfCards(mail: Mail, { runs, diagnoses }: Facts, settings: Settings) {
  const cards = namedCards(mail, settings);
  const byId = new Map(cards.map((named) => [named.id, named]));
  const runsOf = runs.map((run) => ({ run, owner: cardOfRun([run.id, run.label ?? run.id], cards) }));
  const diagnosed = diagnoses.flatMap((fact) =>
    statesOfDiagnosis(fact).map((state) => ({ state, owner: cardOfLab(fact.diagnosis.lab, state.path, cards) })),
  );
  return nodesOf(mail.nodes, 'card').flatMap((card) => {
    const named = byId.get(card.id);
    const own = runsOf.flatMap(({ run, owner }) => (owner === named ? [run] : []));
    const other = diagnosed.flatMap(({ state, owner }) => (owner === named ? [state] : []));
    const states = inTurn([...own.flatMap(statesOfRun), ...other]);
    return named === undefined || states.length === 0 ? [] : [{ card, named, runs: own, states }];
  });
}

/** A diagnosis names no card: its lab does, or there is one card alone with its path. */
function cardOfLab(lab: string | null, path: string, cards: readonly NamedCard[]): NamedCard | null {
  const owner = lab === null ? null : (cards.find(({ labs }) => labs.includes(lab)) ?? cardOfRun([lab], cards));
  if (owner !== null) return owner;
  const paths = new Set([path]);
  const having = cards.filter((card) => card.names.some((name) => pathOfName(name, card, paths) === path));
  return having.length === 1 ? (having[0] ?? null) : null;
}

interface PathState {
  readonly path: string;
  /** When it was seen: the last word counts. */
  readonly at: string;
  readonly state: StateClass;
  readonly reason: string;
  /** "run 20261125-211243-6f89". */
  readonly source: string;
  /** Round trips were measured, or every protocol passed a diagnosis, which measures none. */
  readonly seen?: 'measured' | 'passes';
}

const MOST_REASON = 240;

function statesOfRun({ id, startedAt: at, report }: RunFact): PathState[] {
  const { probes, failed, unavailable } = report;
  const measured = probes.flatMap(({ cells }) => cells.filter(({ twinOf }) => twinOf === null));
  const paths = new Set([...measured, ...failed, ...unavailable].flatMap(({ path }) => path ?? []));
  return [...paths].flatMap((path) => {
    const outcome = outcomeOf(report, path);
    return outcome === null ? [] : [{ path, at, ...outcome, source: `run ${id}` }];
  });
}

function statesOfDiagnosis({ id, startedAt: at, diagnosis }: DiagnosisFact): PathState[] {
  const source = `diagnosis ${id}`;
  return diagnosis.paths.map((path) => ({ path: path.path, at, ...outcomeOfPath(path, diagnosis), source }));
}

/** The oldest first. That every protocol passes says nothing against what was measured before. */
function inTurn(states: readonly PathState[]): PathState[] {
  const last = new Map<string, PathState>();
  const measured = new Set<string>();
  const told: PathState[] = [];
  for (const state of [...states].sort((a, b) => (a.at < b.at ? -1 : 1))) {
    if (state.seen === 'measured') measured.add(state.path);
    const isKnown = state.seen === 'passes' && measured.has(state.path);
    if (isKnown && last.get(state.path)?.seen === 'measured') continue;
    const one = isKnown ? { ...state, reason: 'every protocol passes' } : state;
    last.set(one.path, one);
    told.push(one);
  }
  return told;
}

type Outcome = Pick<PathState, 'state' | 'reason' | 'seen'>;

/** A path works where it was measured under every probe and its counters show that packets went that way. */
function outcomeOf(report: Report, path: string): Outcome | null {
  const failed = report.failed.find((cell) => cell.path === path || cell.draw?.pair.includes(path));
  if (failed !== undefined) return { state: 'failed', reason: short(`${failed.reason} (${failed.code})`) };
  const missing = report.unavailable.find((each) => each.path === path);
  if (missing !== undefined) return { state: 'not tested', reason: short(missing.reason) };
  const cells = report.probes.flatMap((probe) => probe.cells.filter((cell) => cell.path === path));
  if (cells.length === 0) return null;
  const reason = 'measured, and the counters along the path do not show its packets';
  const isProven = cells.every(({ proven }) => proven);
  return { ...(isProven ? { state: 'ok', reason: '' } : { state: 'under investigation', reason }), seen: 'measured' };
}

function outcomeOfPath({ path, failed, verdicts, ladders }: PathDiagnosis, { applied }: Diagnosis): Outcome {
  if (failed !== null) return { state: 'failed', reason: short(`${failed.message} (${failed.code})`) };
  const verdict = verdicts.find(({ severity }) => severity === 'broken');
  if (verdict !== undefined) {
    const { text, confidence } = verdict;
    const healed = applied.find((cure) => cure.path === path && cure.healed);
    const reason = healed === undefined ? text : `${text}; healed by: ${healed.cure.what}`;
    if (confidence === 'certain') return { state: 'failed', reason: short(reason) };
    return { state: 'under investigation', reason: short(`${confidence}: ${reason}`) };
  }
  const failing = ladders.flatMap(({ rungs }) => rungs.filter(({ outcome }) => outcome === 'fail'));
  const rungs = [...new Set(failing.map(({ rung }) => rung))].join(', ');
  if (rungs === '') return { state: 'ok', reason: 'every protocol passes; not measured', seen: 'passes' };
  return { state: 'under investigation', reason: short(`${rungs} fail, and nothing that was seen says why`) };
}

/** One sentence in one line. */
function short(text: string): string {
  return plainText(oneLine(text), MOST_REASON);
}
