// SPDX-License-Identifier: GPL-2.0-only
/** Which card a run is about, and which path a name of its checklist or its table means. */
import type { Settings } from './settings.ts';

export interface CardNames {
  readonly id: string;
  /** Names of its checklist. */
  readonly names: readonly string[];
}

/** The card that a label or an id of a run names: by weekly.yaml, else the id itself ("str-68", "str-68-again"). */
export function cardOfRun(names: readonly string[], cards: readonly CardNames[], settings: Settings): CardNames | null {
  const lower = names.map((name) => name.toLowerCase());
  const said = cards.find(({ id }) => settings.cards[id]?.runs.some((name) => lower.includes(name.toLowerCase())));
  if (said !== undefined) return said;
  const named = cards.filter(({ id }) =>
    lower.some((name) => name === id.toLowerCase() || name.startsWith(`${id.toLowerCase()}-`)),
  );
  return named.sort((a, b) => b.id.length - a.id.length)[0] ?? null;
}

/**
 * The path that a name means: as weekly.yaml says, else the name itself, else its first word where no other name of the card
 * begins with it. null: none is meant, and nothing is claimed.
 */
export function pathOfName(
  name: string,
  {
    card,
    paths,
    settings,
  }: { readonly card: CardNames; readonly paths: ReadonlySet<string>; readonly settings: Settings },
): string | null {
  const said = Object.entries(settings.cards[card.id]?.paths ?? {});
  const mapped = said.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  if (mapped !== undefined) return mapped;
  const lower = name.toLowerCase();
  if (paths.has(lower)) return lower;
  const first = firstWord(lower);
  const others = card.names.filter(
    (other) => other.toLowerCase() !== lower && firstWord(other.toLowerCase()) === first,
  );
  const taken = said.some(([, path]) => path === first);
  return paths.has(first) && others.length === 0 && !taken ? first : null;
}

function firstWord(name: string): string {
  return /^[a-z0-9-]+/.exec(name)?.[0] ?? '';
}
