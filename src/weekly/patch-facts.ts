// SPDX-License-Identifier: GPL-2.0-only
/** What sent mail and git clones know of the writer's series: version, day, reviews, and which release has them. */
import { type Git, searchClone, type UpstreamState, type WantedPatch } from './git-status.ts';
import { oneLine } from './mail-line.ts';
import { type PatchMail, readMailbox } from './mailbox.ts';
import { seriesNamed, titleNamed } from './patch-name.ts';
import { collectSeries, type SeriesVersion } from './series.ts';
import type { Settings } from './settings.ts';
import { addDays, type Day, dayOf, type Span } from './week.ts';

export interface PatchFact {
  /** The name of an entry; null for a series that the mail has no entry of. */
  readonly name: string | null;
  readonly title: string;
  /** null where no mail is known. */
  readonly sent: {
    readonly version: number;
    readonly rfc: boolean;
    readonly day: Day;
    /** "Reviewed-by 2, Acked-by 1"; "" for none. */
    readonly reviews: string;
  } | null;
  /** "merged in v2022.04-rc2"; null where no clone has any of it. */
  readonly merged: string | null;
}

interface PatchQuery extends Pick<Settings, 'mailboxes' | 'clones' | 'series' | 'timeZone'> {
  /** The writer's addresses, in lower case. */
  readonly own: readonly string[];
  readonly names: readonly string[];
  readonly span: Span;
  readonly git: Git;
}

/** How far back a commit is looked for when no mail says when the patch was sent. */
const LOOK_BACK_DAYS = 730;

/** With the mailboxes and clones that could not be read. Nothing is written, nothing is fetched. */
export async function patchFacts(query: PatchQuery): Promise<{ facts: PatchFact[]; problems: string[] }> {
  const { mailboxes, names, own, span, timeZone, series: titles } = query;
  const problems: string[] = [];
  const mails: PatchMail[] = [];
  for (const path of mailboxes) {
    const mailbox = await readMailbox(path);
    mails.push(...mailbox.mails.filter(({ sentAt }) => dayOf(sentAt, timeZone) <= span.to));
    if (mailbox.problem !== null) problems.push(oneLine(`mailbox ${path}: ${mailbox.problem}`));
  }
  const series = collectSeries(mails).filter(({ author }) => own.includes(author));
  const named = [...new Set(names)].flatMap((name): Asked[] => {
    const found = seriesNamed(name, series, titles);
    const title = found?.title ?? titleNamed(name, titles);
    return title === null ? [] : [{ name, title, versions: found?.versions ?? [] }];
  });
  const known = new Set(named.map(({ versions }) => versions));
  const others = series.flatMap(({ title, versions }): Asked[] => {
    const isNew = versions.slice(-1).some(({ sentAt }) => dayOf(sentAt, timeZone) >= span.from);
    return isNew && !known.has(versions) ? [{ name: null, title, versions }] : [];
  });
  const unusable = new Map<string, string>();
  const facts: PatchFact[] = [];
  for (const asked of [...named, ...others]) facts.push(await factOf(asked, query, unusable));
  problems.push(...[...unusable].map(([name, reason]) => oneLine(`clone ${name}: ${reason}`)));
  return { facts, problems };
}

interface Asked extends Pick<PatchFact, 'name' | 'title'> {
  /** Oldest first; none where no mail is known. */
  readonly versions: readonly SeriesVersion[];
}

async function factOf(asked: Asked, query: PatchQuery, unusable: Map<string, string>): Promise<PatchFact> {
  const { name, title, versions } = asked;
  const state = await upstreamOf(asked, query, unusable);
  const merged = state === null ? null : mergedWords(state);
  const latest = versions.at(-1);
  if (latest === undefined) return { name, title, sent: null, merged };
  const { version, rfc, sentAt } = latest;
  const sent = { version, rfc, day: dayOf(sentAt, query.timeZone), reviews: reviewsOf(latest) };
  return { name, title, sent, merged };
}

function reviewsOf({ reviews }: SeriesVersion): string {
  const counts = new Map<string, number>();
  for (const { tag } of reviews) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].map(([tag, count]) => `${tag} ${count}`).join(', ');
}

/** The clone that has the most of a series; null where none could be searched. */
async function upstreamOf(
  { title, versions }: Asked,
  { clones, span, timeZone, git }: PatchQuery,
  unusable: Map<string, string>,
): Promise<UpstreamState | null> {
  const mailed: readonly WantedPatch[] = versions.at(-1)?.patches ?? [];
  const patches = mailed.length === 0 ? [{ title, diff: null }] : mailed;
  const first = versions[0]?.sentAt;
  const since = first === undefined ? addDays(span.from, -LOOK_BACK_DAYS) : addDays(dayOf(first, timeZone), -1);
  const foundIn = (state: UpstreamState) => state.found.filter(Boolean).length;
  let best: UpstreamState | null = null;
  for (const clone of clones) {
    if (unusable.has(clone.name)) continue;
    const outcome = await searchClone({ git, clone, patches, since, until: span.to });
    if (!outcome.ok) unusable.set(clone.name, outcome.why);
    else if (best === null || foundIn(outcome.value) > foundIn(best)) best = outcome.value;
  }
  return best;
}

function mergedWords({ branch, found: all, after }: UpstreamState): string | null {
  const found = all.filter((patch) => patch !== null);
  if (found.length === 0) return null;
  const part = found.length === all.length ? '' : `${found.length} of ${all.length} `;
  const tags = [...new Set(found.map(({ tag }) => tag))];
  const places = tags.map((tag) => tag ?? `${branch}${after === null ? '' : ` after ${after}`}`);
  return `${part}merged in ${places.join(', ')}`;
}
