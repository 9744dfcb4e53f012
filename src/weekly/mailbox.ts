// SPDX-License-Identifier: GPL-2.0-only
/** Reads the mails about patches out of mboxes, maildirs, .eml files and folders of them, with their subjects. */
import PostalMime, { addressParser, type Email } from 'postal-mime';
import { reasonOf } from '../model/errors.ts';
import { messagesOf, TOO_LONG } from './mail-files.ts';
import { oneLine } from './mail-line.ts';

/** A mail that is a patch, a cover letter, or a reply to one. */
export interface PatchMail {
  /** "<...>"; "" where it has none. */
  readonly id: string;
  readonly inReplyTo: string;
  readonly references: readonly string[];
  /** The address of its author. */
  readonly from: string;
  readonly sentAt: Date;
  readonly subject: PatchSubject;
  readonly body: string;
  /** The lists that it went to: names in its subject, local parts of its addresses. */
  readonly lists: readonly string[];
}

const MOST_HEAD = 1 << 16;

/** Every mail about a patch in `path`, and why it could not be read; null where it could. */
export async function readMailbox(path: string): Promise<{ mails: readonly PatchMail[]; problem: string | null }> {
  const mails: PatchMail[] = [];
  let problem: string | null = null;
  try {
    for await (const { name, bytes } of messagesOf(path, /\.(?:eml|patch|mbox)$/i)) {
      const mail = bytes.ok ? await parseMail(bytes.value) : null;
      if (mail !== null) mails.push(mail);
      // What is too long is no patch.
      if (!bytes.ok && bytes.why !== TOO_LONG) problem ??= oneLine(`${name}: ${bytes.why}`);
    }
    return { mails, problem };
  } catch (error) {
    return { mails, problem: oneLine(reasonOf(error)) };
  }
}

/** Mails that are about something else, most of a mailbox, are not decoded. */
async function parseMail(message: Buffer): Promise<PatchMail | null> {
  // A mail of `git format-patch` has a "From SHA Mon Sep 17 00:00:00 2001" line before its head.
  const start = message.subarray(0, 5).toString('latin1') === 'From ' ? message.indexOf(10) + 1 : 0;
  const raw = message.subarray(start);
  const [head = ''] = raw.toString('latin1', 0, MOST_HEAD).split(/\r?\n\r?\n/, 1);
  if (!/^subject:.*(?:patch|rfc|=\?)/im.test(head.replace(/\r?\n[ \t]/g, ' '))) return null;
  const mail = await PostalMime.parse(raw);
  const subject = parsePatchSubject(mail.subject ?? '');
  const sentAt = new Date(mail.date ?? Number.NaN);
  if (subject === null || Number.isNaN(sentAt.getTime())) return null;
  return {
    id: oneLine(mail.messageId ?? ''),
    inReplyTo: idsIn(mail.inReplyTo)[0] ?? '',
    references: idsIn(mail.references),
    from: authorOf(mail),
    sentAt,
    subject,
    body: mail.text ?? '',
    lists: listsOf(mail),
  };
}

function idsIn(text = ''): string[] {
  return text.match(/<[^<>\s]+>/g) ?? [];
}

/** A list that sends for its members ("A. Engineer via list") says who wrote it elsewhere. */
function authorOf({ from, headers, replyTo = [] }: Email): string {
  const original = headers.find(({ key }) => key === 'x-original-from')?.value ?? '';
  const others = /\bvia\b/i.test(from?.name ?? '') ? [...addressParser(original), ...replyTo] : [];
  const [author] = [...others, from].map((each) => oneLine(each?.address ?? '').toLowerCase());
  return author ?? '';
}

function listsOf({ to = [], cc = [], subject = '' }: Email): string[] {
  const addresses = [...to, ...cc].flatMap((each) => each.address?.split('@')[0] ?? []);
  const tags = [...subject.matchAll(/\[([A-Za-z0-9_-]{2,40})\]/g)].map(([, tag = '']) => tag);
  return [...addresses, ...tags].map((name) => name.toLowerCase());
}

export interface PatchSubject {
  /** Without its brackets. */
  readonly title: string;
  readonly version: number;
  /** 0 for a cover letter; 1 for a patch alone. */
  readonly number: number;
  readonly total: number;
  readonly rfc: boolean;
  readonly reply: boolean;
}

const REPLY = /^(?:(?:re|aw|fwd?|sv|antw|vs)(?:\[\d+\])?\s*:\s*)+/i;
/** A list may put its own name before: "[edk2-devel] [PATCH v3 2/5]". */
const BRACKETS = /^\s*\[([^\]]*)\]\s*/;

/** null for a mail that is no patch. */
export function parsePatchSubject(subject: string): PatchSubject | null {
  const plain = oneLine(subject);
  const reply = REPLY.test(plain);
  let rest = plain.replace(REPLY, '');
  for (let found = BRACKETS.exec(rest); found !== null; found = BRACKETS.exec(rest)) {
    rest = rest.slice(found[0].length);
    const words = found[1] ?? '';
    if (!/\bPATCH/i.test(words) && !/\bRFC\b.*\d+\/\d+/i.test(words)) continue;
    const of = /(\d{1,4})\s*\/\s*(\d{1,4})/.exec(words);
    return {
      title: rest.replace(/^(?:\[[^\]]*\]\s*)+/, ''),
      version: Number(/(?:\b|PATCH)v(\d{1,3})\b/i.exec(words)?.[1] ?? 1),
      number: of === null ? 1 : Number(of[1]),
      total: of === null ? 1 : Number(of[2]),
      rfc: /\bRFC\b/i.test(words),
      reply,
    };
  }
  return null;
}

/** Titles compare without case and punctuation at their ends. */
export function titleKey(title: string): string {
  const line = oneLine(title).toLowerCase();
  return line.replace(/[.\s]+$/, '');
}
