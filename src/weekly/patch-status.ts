// SPDX-License-Identifier: GPL-2.0-only
/** The patch status of a report: what was sent, what reviewers said, and which release has it. */
import { type Block, item, oneLine } from './block.ts';
import { type FoundPatch, type Git, searchClone, type UpstreamState, type WantedPatch } from './git-status.ts';
import { type PatchMail, readMailbox } from './mailbox.ts';
import type { Notebook, SeriesRef } from './notebook.ts';
import { titleKey } from './patch-subject.ts';
import { collectSeries, type Series, type SeriesVersion } from './series.ts';
import { addDays, type Day, dayOf, type Span } from './week.ts';

/** One series as far as its sources tell. */
interface PatchStatus {
  readonly title: string;
  /** Ids of the cards that name it. */
  readonly cards: readonly string[];
  readonly blocks: readonly Block[];
}

export interface PatchReport {
  readonly statuses: readonly PatchStatus[];
  /** Clones and mailboxes that could not be read. */
  readonly problems: readonly string[];
}

interface Wanted {
  readonly ref: SeriesRef;
  readonly cards: string[];
  readonly mailed: Series | null;
}

/** How far back a commit is looked for when no mail says when the patch was sent. */
const LOOK_BACK_DAYS = 730;
/** A series that nobody touched for so long is history, unless a card names it. */
const QUIET_DAYS = 182;

/** Reads mailboxes and clones; nothing is written, nothing is fetched. */
export async function patchReport(notebook: Notebook, span: Span, git: Git): Promise<PatchReport> {
  const problems: string[] = [];
  const mails: PatchMail[] = [];
  for (const path of notebook.mailboxes) {
    const mailbox = await readMailbox(path);
    mails.push(...mailbox.mails.filter(({ sentAt }) => dayOf(sentAt, notebook.timeZone) <= span.to));
    if (mailbox.problem !== null) problems.push(`mailbox ${path}: ${mailbox.problem}`);
  }
  const wanted = wantedSeries(notebook, collectSeries(mails));
  const statuses: PatchStatus[] = [];
  const unusable = new Map<string, string>();
  for (const one of wanted) {
    const upstream = await upstreamOf(one, { notebook, span, git, unusable });
    const status = statusOf(one, upstream, { notebook, span });
    if (status !== null) statuses.push(status);
  }
  problems.push(...[...unusable].map(([name, reason]) => `clone ${name}: ${reason}`));
  return { statuses, problems: problems.map(oneLine) };
}

/** What cards name, and what the mailboxes hold from the notebook's own address. */
function wantedSeries(notebook: Notebook, mailed: readonly Series[]): Wanted[] {
  const wanted: Wanted[] = [];
  const found = (title: string) => mailed.findLast((series) => isCalled(series, title)) ?? null;
  for (const card of notebook.cards) {
    for (const ref of card.patches) {
      const same = wanted.find((one) => titleKey(one.ref.series) === titleKey(ref.series));
      if (same === undefined) wanted.push({ ref, cards: [card.id], mailed: found(ref.series) });
      else same.cards.push(card.id);
    }
  }
  const own = addressIn(notebook.from ?? '');
  for (const series of mailed) {
    if (series.author !== own || wanted.some((one) => one.mailed === series)) continue;
    wanted.push({ ref: { series: series.title, repo: null, patches: [] }, cards: [], mailed: series });
  }
  return wanted;
}

function isCalled({ title, versions }: Series, wanted: string): boolean {
  const key = titleKey(wanted);
  return (
    titleKey(title) === key || versions.some(({ patches }) => patches.some((patch) => titleKey(patch.title) === key))
  );
}

export function addressIn(text: string): string {
  return (/<([^<>]+)>/.exec(text)?.[1] ?? text).trim().toLowerCase();
}

interface Sources {
  readonly notebook: Notebook;
  readonly span: Span;
  readonly git: Git;
  readonly unusable: Map<string, string>;
}

/** The clone that has the most of a series; the first where none has any; null where none could be searched. */
async function upstreamOf(
  { ref, mailed }: Wanted,
  { notebook, span, git, unusable }: Sources,
): Promise<UpstreamState | null> {
  const patches = wantedPatches(ref, mailed?.versions.at(-1) ?? null);
  const sent = mailed?.versions[0]?.sentAt;
  const since = sent === undefined ? addDays(span.from, -LOOK_BACK_DAYS) : addDays(dayOf(sent, notebook.timeZone), -1);
  let best: UpstreamState | null = null;
  const count = (state: UpstreamState) => state.found.filter((patch) => patch !== null).length;
  for (const clone of notebook.clones) {
    if (unusable.has(clone.name) || (ref.repo !== null && ref.repo !== clone.name)) continue;
    const outcome = await searchClone({ git, clone, patches, since, until: span.to });
    if (outcome.kind === 'unusable') unusable.set(clone.name, outcome.reason);
    else if (best === null || count(outcome.state) > count(best)) best = outcome.state;
  }
  if (ref.repo !== null && !notebook.clones.some(({ name }) => name === ref.repo))
    unusable.set(ref.repo, 'notebook.yaml names no clone of this name');
  return best;
}

function wantedPatches(ref: SeriesRef, version: SeriesVersion | null): WantedPatch[] {
  const named = ref.patches.map((text): WantedPatch => {
    const isId = /^[0-9a-f]{40}$/.test(text);
    return { title: isId ? null : text, diff: null, patchId: isId ? text : null };
  });
  if (named.length > 0) return named;
  const mailed = version?.patches.map(({ title, diff }): WantedPatch => ({ title, diff, patchId: null })) ?? [];
  return mailed.length > 0 ? mailed : [{ title: ref.series, diff: null, patchId: null }];
}

type Ground = Pick<Sources, 'notebook' | 'span'>;

/** null: nothing is known, or all of it was history before this report. */
function statusOf(
  { ref, cards, mailed }: Wanted,
  upstream: UpstreamState | null,
  { notebook, span }: Ground,
): PatchStatus | null {
  const day = (moment: Date): Day => dayOf(moment, notebook.timeZone);
  const latest = mailed?.versions.at(-1) ?? null;
  const found = upstream?.found.filter((patch) => patch !== null) ?? [];
  const whole = upstream !== null && found.length === upstream.found.length;
  const days = [
    ...(latest === null ? [] : [day(latest.sentAt), ...latest.reviews.map(({ sentAt }) => day(sentAt))]),
    ...found.flatMap((patch) => [patch.day, ...(patch.tagDay === null ? [] : [patch.tagDay])]),
  ];
  const last = days.reduce((a, b) => (a > b ? a : b), '');
  // Released before this week: it was told then.
  if (whole && found.every(({ tag }) => tag !== null) && last < span.from) return null;
  if (cards.length === 0 && last < addDays(span.from, -QUIET_DAYS)) return null;
  if (mailed === null && upstream === null) return null;
  const facts = [
    ...(latest === null ? [] : mailFacts(latest, mailed?.versions ?? [], { day, span })),
    ...(upstream === null ? [] : [upstreamFact(upstream, found, latest !== null)]),
  ];
  const isNew = last >= span.from && last <= span.to;
  const title = oneLine(mailed?.title ?? ref.series);
  const about = [...cards, ...(upstream === null ? [] : [upstream.clone])].join(', ');
  const text = `"${title}"${about === '' ? '' : ` (${about})`}: ${facts.filter((fact) => fact !== '').join('; ')}${isNew ? ' <= new' : ''}`;
  return { title, cards, blocks: [item(oneLine(text))] };
}

interface Calendar {
  readonly day: (moment: Date) => Day;
  readonly span: Span;
}

function mailFacts(latest: SeriesVersion, versions: readonly SeriesVersion[], { day, span }: Calendar): string[] {
  const what = `${latest.rfc ? 'RFC ' : ''}v${latest.version}${latest.total > 1 ? ` of ${latest.total} patches` : ''}`;
  const before = versions.filter(({ version }) => version < latest.version).at(-1);
  const supersedes =
    before === undefined ? '' : `, supersedes v${before.version} of ${shortDay(day(before.sentAt), span)}`;
  const missing =
    latest.patches.length < latest.total ? ` (${latest.patches.length} of ${latest.total} in the mailbox)` : '';
  const counts = new Map<string, number>();
  for (const { tag } of latest.reviews) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  const reviews = [...counts].map(([tag, count]) => `${tag} ${count}`).join(', ');
  return [`${what} submitted on ${shortDay(day(latest.sentAt), span)}${supersedes}${missing}`, reviews];
}

/** "3/8", as mails of this kind write it; with its year where that is another one. */
function shortDay(day: Day, { to }: Span): string {
  if (day.slice(0, 4) !== to.slice(0, 4)) return day;
  return `${Number(day.slice(5, 7))}/${Number(day.slice(8, 10))}`;
}

function upstreamFact(
  { branch, found: all, after }: UpstreamState,
  found: readonly FoundPatch[],
  mailed: boolean,
): string {
  const of = all.length === 1 ? '' : `${found.length} of ${all.length} `;
  if (found.length === 0) return mailed ? `not yet in ${branch}` : `not found in ${branch}`;
  const tags = new Map<string | null, number>();
  for (const { tag } of found) tags.set(tag, (tags.get(tag) ?? 0) + 1);
  const words = [...tags].map(([tag, count]) => {
    const where = tag === null ? `in ${branch}${after === null ? '' : `, after ${after}`}` : `merged in ${tag}`;
    return tags.size === 1 ? where : `${count} ${where}`;
  });
  return tags.size === 1 && found.length === all.length
    ? words.join('')
    : `${of}${tags.size === 1 ? words.join('') : `upstream: ${words.join('; ')}`}`;
}
