// SPDX-License-Identifier: GPL-2.0-only
/** Which series a writer's own name means: "uboot/disk_integ" is the series "disk: add integrity checks" sent to u-boot. */
import { titleKey } from './mailbox.ts';
import type { Series } from './series.ts';

const SHORTEST = 3;

/** null: none of them, or more than one. `titles` are the names that weekly.yaml explains. */
export function seriesNamed(
  name: string,
  series: readonly Series[],
  titles: Readonly<Record<string, string>>,
): Series | null {
  const title = titles[name] ?? quotedIn(name) ?? name;
  const exact = series.filter((each) => isCalled(each, title));
  if (exact.length > 0) return exact.at(-1) ?? null;
  const words = wordsOf(withoutNotes(title));
  if (words.length === 0) return null;
  const fitting = series.filter((each) => fits(words, each));
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
}

/** The title that git is asked for where no mail is known: only what looks like a subject. */
export function titleNamed(name: string, titles: Readonly<Record<string, string>>): string | null {
  const title = titles[name] ?? quotedIn(name) ?? withoutNotes(name);
  return titles[name] !== undefined || /^\S[^:]{0,60}: \S/.test(title) ? title : null;
}

function quotedIn(name: string): string | null {
  return /^["“]([^"”]+)["”]/.exec(name)?.[1] ?? null;
}

function withoutNotes(name: string): string {
  return name.replace(/\s\([^()]*\)$/, '');
}

function isCalled({ title, versions }: Series, wanted: string): boolean {
  const key = titleKey(wanted);
  return (
    titleKey(title) === key || versions.some(({ patches }) => patches.some((patch) => titleKey(patch.title) === key))
  );
}

/** Every word of the name begins a word of the title, or is the list that it went to. */
function fits(words: readonly string[], { title, lists }: Series): boolean {
  const own = wordsOf(title);
  const places = lists.map((list) => list.toLowerCase().replace(/[^a-z0-9]/g, ''));
  const titled = words.filter((word) => own.some((each) => each.startsWith(word)));
  const placed = words.filter((word) => !titled.includes(word) && places.includes(word));
  return titled.length > 0 && titled.length + placed.length === words.length;
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length >= SHORTEST && word !== 'rfc');
}
