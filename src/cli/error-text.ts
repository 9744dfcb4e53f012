// SPDX-License-Identifier: GPL-2.0-only
/** An error as people read it on stderr. */
import type { HoplabError } from '../model/errors.ts';
import { asCalled } from '../words/program-name.ts';
import { wrapLines } from '../words/wrap.ts';

/** `hint` is the next command; null = there is none. */
export function errorText({ code, message }: Pick<HoplabError, 'code' | 'message'>, hint: string | null): string {
  return `hoplab: error ${code}: ${message}${hint === null ? '' : `\n  try: ${hint}`}`;
}

/** What is said on stderr, in lines of `width` columns; null = each in one line, for whoever reads it by program. */
export function messageText(text: string, width: number | null): string {
  return width === null ? asCalled(text) : wrapLines(text, width).join('\n');
}
