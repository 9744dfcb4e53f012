// SPDX-License-Identifier: GPL-2.0-only
/** Finds what differs between the runs of the sides of a comparison. */
import { UNLIKE_KEYS, type UnlikeKey } from '../model/compare.ts';
import type { Run } from '../run-store/read-run.ts';
import type { Unlikeness } from './compare-schema.ts';
import { type Condition, conditionsOf, NOT_RECORDED } from './conditions.ts';
import type { EnvironmentChange } from './trend-schema.ts';
import { UNLIKE_RULES } from './unlike-table.ts';

export interface SideToCheck {
  readonly runs: readonly Run[];
  /** null = all. */
  readonly paths: readonly string[] | null;
}

/** Keys whose facts are of a path's own making: two different paths differ in them by nature. */
const OF_THE_PATH: readonly UnlikeKey[] = ['nic', 'vhost', 'offloads', 'options', 'proof'];

interface ItemValues {
  readonly item: string;
  readonly values: readonly string[];
}

/** What the facts of one key and path differ in. */
interface Difference {
  readonly first: Condition;
  readonly a: ItemValues[];
  readonly b: ItemValues[];
}

const MOST_ITEMS = 4;

/** Values of a side, by what they are values of. */
type Values = ReadonlyMap<string, { readonly condition: Condition; readonly values: ReadonlySet<string> }>;

/** Everything in which the baseline and one candidate differ, the refused first, in the order of the table. */
export function unlikenesses(
  baseline: SideToCheck,
  candidate: SideToCheck,
  { number, allow }: { readonly number: number; readonly allow: readonly UnlikeKey[] },
): readonly Unlikeness[] {
  const otherPath =
    baseline.paths !== null && candidate.paths !== null && baseline.paths.join() !== candidate.paths.join();
  const [a, b] = [valuesOf(baseline), valuesOf(candidate)];
  const found = new Map<string, Difference>();
  for (const [id, { condition, values }] of a) {
    const other = b.get(id);
    // What one side does not tell is no difference: a NIC that is not read, a path that it does not have.
    if (other === undefined || (otherPath && OF_THE_PATH.includes(condition.key))) continue;
    if (sameSet(values, other.values)) continue;
    const entry = found.get(groupOf(condition)) ?? { first: condition, a: [], b: [] };
    found.set(groupOf(condition), entry);
    entry.a.push({ item: condition.item, values: [...values] });
    entry.b.push({ item: condition.item, values: [...other.values] });
  }
  const all = [...found.values()].map(({ first, a: before, b: after }) =>
    unlikeness(first.key, {
      path: first.path,
      candidate: number,
      before: inWords(before),
      after: inWords(after),
      allow,
    }),
  );
  return inOrder([...all, ...unknownMachine(baseline, candidate, { number, allow })]);
}

/** One unlikeness by the rule of its key. */
export function unlikeness(
  key: UnlikeKey,
  found: {
    readonly path: string | null;
    readonly candidate: number | null;
    readonly before: readonly string[];
    readonly after: readonly string[];
    readonly allow: readonly UnlikeKey[];
  },
): Unlikeness {
  const { level, why } = UNLIKE_RULES[key];
  const told = [...found.before, ...found.after].every((value) => !value.endsWith(NOT_RECORDED));
  return {
    key,
    level: told ? level : 'flagged',
    allowed: found.allow.includes(key),
    candidate: found.candidate,
    path: found.path,
    baselineValues: found.before,
    candidateValues: found.after,
    why,
  };
}

/** The refused before the flagged; within each in the order of the keys. */
export function inOrder(all: readonly Unlikeness[]): readonly Unlikeness[] {
  const rank = ({ level, key }: Unlikeness): number => (level === 'refused' ? 0 : 1000) + UNLIKE_KEYS.indexOf(key);
  return [...all].sort((x, y) => rank(x) - rank(y));
}

export function isRefused({ level, allowed }: Unlikeness): boolean {
  return level === 'refused' && !allowed;
}

/** What changed from one run to the next, for a trend. */
export function environmentChanges(
  before: readonly Condition[],
  after: readonly Condition[],
  paths: readonly (string | null)[],
): EnvironmentChange[] {
  const earlier = new Map(before.map((condition) => [idOf(condition), condition]));
  const grouped = new Map<string, Difference>();
  for (const condition of after) {
    const old = earlier.get(idOf(condition));
    if (old === undefined || old.value === condition.value) continue;
    if (old.value === NOT_RECORDED || condition.value === NOT_RECORDED) continue;
    if (condition.path !== null && !paths.includes(condition.path)) continue;
    const entry = grouped.get(groupOf(condition)) ?? { first: condition, a: [], b: [] };
    grouped.set(groupOf(condition), entry);
    entry.a.push({ item: condition.item, values: [old.value] });
    entry.b.push({ item: condition.item, values: [condition.value] });
  }
  return [...grouped.values()].map(({ first, a, b }) => {
    return { key: first.key, path: first.path, before: inWords(a).join(', '), after: inWords(b).join(', ') };
  });
}

function valuesOf({ runs, paths }: SideToCheck): Values {
  const all = new Map<string, { condition: Condition; values: Set<string> }>();
  for (const run of runs) {
    for (const condition of conditionsOf(run)) {
      if (condition.path !== null && paths !== null && !paths.includes(condition.path)) continue;
      const entry = all.get(idOf(condition)) ?? { condition, values: new Set<string>() };
      all.set(idOf(condition), entry);
      entry.values.add(condition.value);
    }
  }
  return all;
}

/** A run that lost its environment.json may have been made anywhere. */
function unknownMachine(
  baseline: SideToCheck,
  candidate: SideToCheck,
  { number, allow }: { readonly number: number; readonly allow: readonly UnlikeKey[] },
): Unlikeness[] {
  const unknown = ({ runs }: SideToCheck): string[] =>
    runs.filter((run) => run.environment === null).map((run) => `nothing known of ${run.header.id}`);
  const [before, after] = [unknown(baseline), unknown(candidate)];
  if (before.length + after.length === 0) return [];
  const words = (some: readonly string[]): readonly string[] => (some.length === 0 ? ['known'] : some);
  return [unlikeness('machine', { path: null, candidate: number, before: words(before), after: words(after), allow })];
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((value) => b.has(value));
}

/** Values of some items of one key; equal values share the list of their items: "on: tx-checksumming, gso (host2 t-tap)". */
function inWords(facts: readonly ItemValues[]): string[] {
  const byValue = new Map<string, string[]>();
  for (const { item, values } of facts) {
    for (const value of values) byValue.set(value, [...(byValue.get(value) ?? []), item]);
  }
  return [...byValue].map(([value, items]) => {
    const named = items.filter((item) => item !== '' && !value.startsWith(item));
    if (named.length === 0) return value;
    const more = named.length > MOST_ITEMS ? ` and ${named.length - MOST_ITEMS} more` : '';
    return `${named.slice(0, MOST_ITEMS).join(', ')}${more}: ${value}`;
  });
}

function idOf({ key, path, item }: Condition): string {
  return JSON.stringify([key, path, item]);
}

function groupOf({ key, path }: Condition): string {
  return JSON.stringify([key, path]);
}
