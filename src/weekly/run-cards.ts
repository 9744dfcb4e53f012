// SPDX-License-Identifier: GPL-2.0-only
/** Which card a run is about, and which path a name of its checklist or its table means. */
import type { Facts, RunFact } from './facts.ts';
import { type Card, type Mail, nodesOf } from './mail-tree.ts';
import { inTurn, type PathState, statesOfDiagnosis, statesOfRun } from './run-states.ts';
import type { Settings } from './settings.ts';

/** A card with what weekly.yaml says of it. */
export interface NamedCard {
  readonly id: string;
  /** Names of its checklist. */
  readonly names: readonly string[];
  readonly runs: readonly string[];
  readonly labs: readonly string[];
  /** A name -> its path. */
  readonly paths: ReadonlyMap<string, string>;
}

/** Each id once. */
export function namedCards({ nodes }: Mail, settings: Settings): NamedCard[] {
  const cards = new Map<string, NamedCard>();
  for (const card of nodesOf(nodes, 'card')) {
    if (cards.has(card.id)) continue;
    const { runs = [], labs = [], paths = {} } = settings.cards[card.id] ?? {};
    cards.set(card.id, {
      id: card.id,
      names: nodesOf([card], 'item').map(({ name }) => name),
      runs: runs.map((name) => name.toLowerCase()),
      labs,
      paths: new Map(Object.entries(paths).map(([name, path]) => [name.toLowerCase(), path])),
    });
  }
  return [...cards.values()];
}

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
  const mapped = card.paths.get(lower);
  if (mapped !== undefined) return mapped;
  if (paths.has(lower)) return lower;
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

export interface CardFacts {
  readonly card: Card;
  readonly named: NamedCard;
  readonly runs: readonly RunFact[];
  /** Of its paths, the oldest first. */
  readonly states: readonly PathState[];
}

interface Known {
  readonly named: NamedCard;
  readonly runs: RunFact[];
  readonly states: PathState[];
}

/** The cards that runs and diagnoses of the week tell of. */
export function factsOfCards(mail: Mail, { runs, diagnoses }: Facts, settings: Settings): CardFacts[] {
  const cards = namedCards(mail, settings);
  const known = new Map(cards.map((named): [string, Known] => [named.id, { named, runs: [], states: [] }]));
  for (const run of runs) {
    const owner = known.get(cardOfRun(run.label === null ? [run.id] : [run.id, run.label], cards)?.id ?? '');
    owner?.runs.push(run);
    owner?.states.push(...statesOfRun(run));
  }
  for (const fact of diagnoses)
    for (const state of statesOfDiagnosis(fact))
      known.get(cardOfLab(fact.diagnosis.lab, state.path, cards)?.id ?? '')?.states.push(state);
  return nodesOf(mail.nodes, 'card').flatMap((card) => {
    const own = known.get(card.id);
    return own === undefined || own.states.length === 0 ? [] : [{ card, ...own, states: inTurn(own.states) }];
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
