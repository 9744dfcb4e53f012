// SPDX-License-Identifier: GPL-2.0-only
/** The subject of a mailed patch: "[PATCH v3 2/5] virtio_net: ...". */
import { oneLine } from './mail-line.ts';

export interface PatchSubject {
  /** Without its brackets. */
  readonly title: string;
  readonly version: number;
  /** 0 for a cover letter; 1 for a patch alone. */
  readonly number: number;
  readonly total: number;
  readonly rfc: boolean;
  readonly resend: boolean;
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
      resend: /\bRESEND\b/i.test(words),
      reply,
    };
  }
  return null;
}

/** Titles compare without case and punctuation at their ends. */
export function titleKey(title: string): string {
  return oneLine(title)
    .toLowerCase()
    .replace(/[.\s]+$/, '');
}
