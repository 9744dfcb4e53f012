// SPDX-License-Identifier: GPL-2.0-only
/** Joins mails to series of patches: their versions, when each was sent, and what reviewers said. */
import type { PatchMail } from './mailbox.ts';
import { titleKey } from './patch-subject.ts';

export interface SeriesVersion {
  readonly version: number;
  readonly rfc: boolean;
  readonly sentAt: Date;
  /** In the order of their numbers. */
  readonly patches: readonly { readonly title: string; readonly diff: string }[];
  /** Each tag, as "Reviewed-by", and who gave it. */
  readonly reviews: readonly { readonly tag: string; readonly who: string }[];
}

export interface Series {
  readonly title: string;
  readonly author: string;
  /** Where it went. */
  readonly lists: readonly string[];
  /** Oldest first; at least one. */
  readonly versions: readonly SeriesVersion[];
}

const TAG = /^(Reviewed-by|Acked-by|Tested-by):\s*(.+)$/gim;

/** All series of some mails, oldest first. The same mail in two mailboxes counts once. */
export function collectSeries(mails: readonly PatchMail[]): Series[] {
  const unique = firstOf(mails, ({ id, subject, sentAt }) => id || JSON.stringify([subject, sentAt.getTime()]));
  const patches = unique.filter(({ subject }) => !subject.reply);
  const replies = unique.filter(({ subject }) => subject.reply);
  const byId = new Map(unique.map((mail) => [mail.id, mail]));
  const groups = new Map<string, PatchMail[]>();
  for (const mail of patches) {
    const key = groupKey(coverOf(mail, patches, byId) ?? mail, byId);
    groups.set(key, [...(groups.get(key) ?? []), mail]);
  }
  return joinVersions([...groups.values()].map((group) => versionOf(group, replies, byId)));
}

/** The first of each key. */
function firstOf<T>(all: readonly T[], keyOf: (one: T) => string): T[] {
  const found = new Map<string, T>();
  for (const one of all) if (!found.has(keyOf(one))) found.set(keyOf(one), one);
  return [...found.values()];
}

/** Mails of one version share their thread's root, sender and number of patches; v2 may answer v1. */
function groupKey(mail: PatchMail, byId: ReadonlyMap<string, PatchMail>): string {
  const { version, total, rfc, number } = mail.subject;
  if (total === 1 && number === 1)
    return JSON.stringify(['alone', mail.from.address, version, titleKey(mail.subject.title)]);
  const same = (other: PatchMail) =>
    other.subject.version === version && other.subject.total === total && !other.subject.reply;
  let root = mail;
  for (let hops = 0; hops < 1000; hops++) {
    const parent = byId.get(root.inReplyTo) ?? byId.get(root.references.at(-1) ?? '');
    if (parent === undefined || parent === root || !same(parent)) break;
    root = parent;
  }
  // Without the cover letter in the mailbox its id is what the patches have in common.
  const id = root === mail && number > 0 ? mail.inReplyTo || mail.references[0] || mail.id : root.id;
  return JSON.stringify([mail.from.address, version, total, rfc, id]);
}

/** The cover letter of a patch that says another version and fills a gap of its series: an old patch in a new series. */
function coverOf(
  { subject: { version, number, total }, from, inReplyTo }: PatchMail,
  patches: readonly PatchMail[],
  byId: ReadonlyMap<string, PatchMail>,
): PatchMail | null {
  const cover = byId.get(inReplyTo);
  if (cover === undefined || cover.subject.reply || cover.subject.number !== 0 || number === 0) return null;
  if (cover.subject.total !== total || cover.subject.version === version || cover.from.address !== from.address)
    return null;
  const beside = patches.filter((other) => other.inReplyTo === inReplyTo && other.subject.number === number);
  return beside.some(({ subject }) => subject.version === cover.subject.version) ? null : cover;
}

interface FoundVersion extends SeriesVersion {
  readonly title: string;
  readonly author: string;
  readonly lists: readonly string[];
}

function versionOf(
  group: readonly PatchMail[],
  replies: readonly PatchMail[],
  byId: ReadonlyMap<string, PatchMail>,
): FoundVersion {
  const ordered = [...group].sort(
    (a, b) => a.subject.number - b.subject.number || a.sentAt.getTime() - b.sentAt.getTime(),
  );
  const [first] = ordered;
  if (first === undefined) throw new Error('a series without mails');
  const ids = new Set(group.map(({ id }) => id).filter((id) => id !== ''));
  const sentAt = new Date(Math.min(...group.map((mail) => mail.sentAt.getTime())));
  const own = ordered.filter(({ subject }) => subject.number > 0);
  return {
    title: first.subject.title,
    author: first.from.address,
    lists: [...new Set(group.flatMap(({ lists }) => lists))],
    version: first.subject.version,
    rfc: first.subject.rfc,
    sentAt,
    patches: own.map(({ subject, body }) => ({ title: subject.title, diff: body })),
    reviews: firstOf(
      replies.filter((reply) => answers(reply, ids, byId)).flatMap(reviewsIn),
      ({ tag, who }) => `${tag} ${who}`,
    ),
  };
}

/** Whether a reply is in the thread below one of these mails, by what it names or through mails in between. */
function answers(reply: PatchMail, ids: ReadonlySet<string>, byId: ReadonlyMap<string, PatchMail>): boolean {
  let mail: PatchMail | undefined = reply;
  for (let hops = 0; mail !== undefined && hops < 100; hops++) {
    if (ids.has(mail.inReplyTo)) return true;
    const parent = byId.get(mail.inReplyTo);
    // The version that a reply is nearest to is the one that it answers.
    if (parent === undefined)
      return (
        ids.has(mail.references.at(-1) ?? '') || (mail.inReplyTo === '' && mail.references.some((id) => ids.has(id)))
      );
    if (!parent.subject.reply) return false;
    mail = parent;
  }
  return false;
}

/** Lines of the reviewer's own: what is quoted is somebody else's. */
function reviewsIn({ body, from }: PatchMail) {
  return [...body.matchAll(TAG)].map(([, tag = '', who = '']) => ({
    tag: `${tag[0]?.toUpperCase()}${tag.slice(1).toLowerCase()}`,
    who: /<([^<>]+)>/.exec(who)?.[1]?.toLowerCase() ?? from.address,
  }));
}

/** Versions of one series have its title, or most of its patches, and its author. */
function joinVersions(all: readonly FoundVersion[]): Series[] {
  const series: FoundVersion[][] = [];
  for (const version of [...all].sort(byTime)) {
    const same = series.find((versions) => versions.some((one) => isSameSeries(one, version)));
    if (same === undefined) series.push([version]);
    else same.push(version);
  }
  return series.flatMap((found) => {
    const versions = found.sort((a, b) => a.version - b.version || byTime(a, b));
    const [first, last] = [versions[0], versions.at(-1)];
    return first === undefined || last === undefined
      ? []
      : [{ title: last.title, author: first.author, lists: first.lists, versions }];
  });
}

const byTime = (a: SeriesVersion, b: SeriesVersion): number => a.sentAt.getTime() - b.sentAt.getTime();

function isSameSeries(a: FoundVersion, b: FoundVersion): boolean {
  if (a.author !== b.author) return false;
  if (titleKey(a.title) === titleKey(b.title)) return true;
  const [these, those] = [a, b].map(({ patches }) => new Set(patches.map(({ title }) => titleKey(title))));
  if (these === undefined || those === undefined || these.size === 0 || those.size === 0) return false;
  const common = [...these].filter((title) => those.has(title)).length;
  return common * 2 >= Math.min(these.size, those.size) && common > 0 && a.version !== b.version;
}
