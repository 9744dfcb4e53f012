// SPDX-License-Identifier: GPL-2.0-only
/** Joins mails to series of patches: their versions, when each was sent, and what reviewers said. */
import { type PatchMail, titleKey } from './mailbox.ts';

export interface SeriesVersion {
  readonly title: string;
  readonly author: string;
  /** Where it went. */
  readonly lists: readonly string[];
  readonly version: number;
  readonly rfc: boolean;
  readonly sentAt: Date;
  /** In the order of their numbers. */
  readonly patches: readonly { readonly title: string; readonly diff: string }[];
  /** Each tag, as "Reviewed-by", and who gave it. */
  readonly reviews: readonly { readonly tag: string; readonly who: string }[];
}

export interface Series extends Pick<SeriesVersion, 'title' | 'author' | 'lists'> {
  /** Oldest first; at least one. */
  readonly versions: readonly SeriesVersion[];
}

type MailsById = ReadonlyMap<string, PatchMail>;

const TAG = /^(Reviewed-by|Acked-by|Tested-by):\s*(.+)$/gim;

/** All series of some mails, oldest first. The same mail in two mailboxes counts once. */
export function collectSeries(mails: readonly PatchMail[]): Series[] {
  const unique = firstOf(mails, ({ id, subject, sentAt }) => id || JSON.stringify([subject, sentAt.getTime()]));
  const patches = unique.filter(({ subject }) => !subject.reply);
  const replies = unique.filter(({ subject }) => subject.reply);
  const byId: MailsById = new Map(unique.map((mail) => [mail.id, mail]));
  const groups = new Map<string, PatchMail[]>();
  for (const mail of patches) {
    const key = groupKey(coverOf(mail, patches, byId) ?? mail, byId);
    groups.set(key, [...(groups.get(key) ?? []), mail]);
  }
  return joinVersions([...groups.values()].flatMap((group) => versionOf(group, replies, byId)));
}

/** The first of each key. */
function firstOf<T>(all: readonly T[], keyOf: (one: T) => string): T[] {
  const found = new Map<string, T>();
  for (const one of all) if (!found.has(keyOf(one))) found.set(keyOf(one), one);
  return [...found.values()];
}

/** The mails above one in its thread, the nearest first. */
function* threadAbove(mail: PatchMail, byId: MailsById): Generator<PatchMail> {
  const seen = new Set([mail]);
  for (let one = mail; ; seen.add(one)) {
    const parent = byId.get(one.inReplyTo) ?? byId.get(one.references.at(-1) ?? '');
    if (parent === undefined || seen.has(parent)) return;
    yield parent;
    one = parent;
  }
}

/** Mails of one version share their thread's root, sender and number of patches; v2 may answer v1. */
function groupKey(mail: PatchMail, byId: MailsById): string {
  const { version, total, rfc, number, title } = mail.subject;
  if (total === 1 && number === 1) return JSON.stringify(['alone', mail.from, version, titleKey(title)]);
  let root = mail;
  for (const parent of threadAbove(mail, byId)) {
    const { subject } = parent;
    if (subject.version !== version || subject.total !== total || subject.reply) break;
    root = parent;
  }
  // Without the cover letter in the mailbox its id is what the patches have in common.
  const id = root === mail && number > 0 ? mail.inReplyTo || mail.references[0] || mail.id : root.id;
  return JSON.stringify([mail.from, version, total, rfc, id]);
}

/** The cover letter of a patch that says another version and fills a gap of its series: an old patch in a new series. */
function coverOf(
  { subject: { version, number, total }, from, inReplyTo }: PatchMail,
  patches: readonly PatchMail[],
  byId: MailsById,
): PatchMail | null {
  const cover = byId.get(inReplyTo);
  if (cover === undefined || cover.subject.reply || cover.subject.number !== 0 || number === 0) return null;
  if (cover.subject.total !== total || cover.subject.version === version || cover.from !== from) return null;
  const beside = patches.filter((other) => other.inReplyTo === inReplyTo && other.subject.number === number);
  return beside.some(({ subject }) => subject.version === cover.subject.version) ? null : cover;
}

function versionOf(group: readonly PatchMail[], replies: readonly PatchMail[], byId: MailsById): SeriesVersion[] {
  const ordered = [...group].sort((a, b) => a.subject.number - b.subject.number || byTime(a, b));
  const [first] = ordered;
  if (first === undefined) return [];
  const ids = new Set(group.map(({ id }) => id).filter((id) => id !== ''));
  const reviews = replies.filter((reply) => answers(reply, ids, byId)).flatMap(reviewsIn);
  const { title, version, rfc } = first.subject;
  return [
    {
      title,
      version,
      rfc,
      author: first.from,
      lists: [...new Set(group.flatMap(({ lists }) => lists))],
      sentAt: new Date(Math.min(...group.map((mail) => mail.sentAt.getTime()))),
      patches: ordered.flatMap(({ subject, body }) =>
        subject.number > 0 ? [{ title: subject.title, diff: body }] : [],
      ),
      reviews: firstOf(reviews, ({ tag, who }) => `${tag} ${who}`),
    },
  ];
}

/** Whether a reply is in the thread below one of these mails; the version that it is nearest to is the one that it answers. */
function answers(reply: PatchMail, ids: ReadonlySet<string>, byId: MailsById): boolean {
  let first = reply;
  for (const mail of threadAbove(reply, byId)) {
    if (!mail.subject.reply) return ids.has(mail.id);
    first = mail;
  }
  return first.inReplyTo === '' && first.references.some((id) => ids.has(id));
}

/** Lines of the reviewer's own: what is quoted is somebody else's. */
function reviewsIn({ body, from }: PatchMail) {
  return [...body.matchAll(TAG)].map(([, tag = '', who = '']) => ({
    tag: `${tag[0]?.toUpperCase()}${tag.slice(1).toLowerCase()}`,
    who: /<([^<>]+)>/.exec(who)?.[1]?.toLowerCase() ?? from,
  }));
}

/** Versions of one series have its title, or most of its patches, and its author. */
function joinVersions(all: readonly SeriesVersion[]): Series[] {
  const series: SeriesVersion[][] = [];
  for (const version of [...all].sort(byTime)) {
    const same = series.find((versions) => versions.some((one) => isSameSeries(one, version)));
    if (same === undefined) series.push([version]);
    else same.push(version);
  }
  return series.flatMap((found) => {
    const versions = found.sort((a, b) => a.version - b.version || byTime(a, b));
    const [first, last] = [versions[0], versions.at(-1)];
    if (first === undefined || last === undefined) return [];
    return [{ title: last.title, author: first.author, lists: first.lists, versions }];
  });
}

const byTime = (a: { readonly sentAt: Date }, b: { readonly sentAt: Date }): number =>
  a.sentAt.getTime() - b.sentAt.getTime();

function isSameSeries(a: SeriesVersion, b: SeriesVersion): boolean {
  if (a.author !== b.author) return false;
  if (titleKey(a.title) === titleKey(b.title)) return true;
  const [these, those] = [titlesOf(a), titlesOf(b)];
  const common = [...these].filter((title) => those.has(title)).length;
  return common * 2 >= Math.min(these.size, those.size) && common > 0 && a.version !== b.version;
}

function titlesOf({ patches }: SeriesVersion): ReadonlySet<string> {
  return new Set(patches.map(({ title }) => titleKey(title)));
}
