// SPDX-License-Identifier: GPL-2.0-only
/** Which of some mails are the writer's own reports: no patches, no replies, nobody else's. */
import { decodeWords } from 'postal-mime';
import { addressesIn } from './eml.ts';
import { fieldOf, headLength, readFields } from './mail-head.ts';
import { linesOf } from './mail-line.ts';
import { type Mail, nodesOf } from './mail-tree.ts';
import type { OldMail } from './old-mails.ts';
import { parseMail } from './parse-mail.ts';
import { parsePatchSubject } from './patch-subject.ts';
import type { Day } from './week.ts';

export interface OwnReport {
  readonly kind: 'report';
  readonly name: string;
  readonly text: string;
  readonly mail: Mail;
  readonly from: string;
}

export type Sorted = OwnReport | { readonly kind: 'left out'; readonly name: string; readonly why: string };

const REPLY = /^\s*(?:re|aw|fwd?|wg|sv|antw|vs|回复|答复|返信|转发)(?:\[\d+\])?\s*[:：]/i;
const SAYS_REPORT = /week|report|status|activity|\b[kc]w ?\d|周|週|報告|进展/i;

/** `own` are the writer's addresses; without any, the one with the most reports is the writer. */
export function sortMails(
  mails: readonly OldMail[],
  { own, dayOf }: { readonly own: readonly string[]; dayOf(name: string): Day | null },
): Sorted[] {
  const sorted = mails.map((mail) => sortMail(mail, own, dayOf(mail.name)));
  if (own.length > 0) return sorted;
  const counts = new Map<string, number>();
  for (const each of sorted)
    if (each.kind === 'report' && each.from !== '') counts.set(each.from, (counts.get(each.from) ?? 0) + 1);
  const [writer] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
  return sorted.map((each) =>
    each.kind === 'report' && each.from !== '' && each.from !== writer
      ? leftOut(each.name, `it is from ${each.from}; --from names the addresses of the writer`)
      : each,
  );
}

function sortMail({ name, text: read }: OldMail, own: readonly string[], fallback: Day | null): Sorted {
  if (!read.ok) return leftOut(name, read.why);
  const text = read.value;
  const lines = linesOf(text);
  const fields = readFields(lines.slice(0, headLength(lines)));
  const subject = decodeWords(fieldOf(fields, 'subject'));
  const patch = parsePatchSubject(subject);
  if (patch !== null) return leftOut(name, patch.reply ? 'an answer to a patch' : 'a patch');
  if (REPLY.test(subject)) return leftOut(name, 'a reply');
  const from = addressesIn(fieldOf(fields, 'from'))[0] ?? '';
  if (own.length > 0 && from !== '' && !own.includes(from)) return leftOut(name, `it is from ${from}`);
  const mail = parseMail(text, fallback);
  if (!looksLikeReport(mail, subject))
    return leftOut(name, 'no section, no card and no list: it does not look like a report');
  return { kind: 'report', name, text, mail, from };
}

/** Bullets alone are in any mail: its subject has to say what it is. */
function looksLikeReport({ nodes }: Mail, subject: string): boolean {
  if (nodesOf(nodes, 'section').length > 0 || nodesOf(nodes, 'card').length > 0) return true;
  return nodesOf(nodes, 'bullet').length > 1 && (subject === '' || SAYS_REPORT.test(subject));
}

function leftOut(name: string, why: string): Sorted {
  return { kind: 'left out', name, why };
}
