// SPDX-License-Identifier: GPL-2.0-only
/** Text as GitHub's Markdown takes it: nothing from a disk becomes a table's edge, markup, a link, a mention or a reference. */

import { plainText } from '../../words/plain-text.ts';
import { asCalled } from '../../words/program-name.ts';

/** Splits a word that GitHub would turn into a link, a mention or a reference after it has rendered the page. */
const BREAK = '<!-- -->';

/** For a line or a cell of a table. */
export function markdownText(text: string): string {
  return plainText(asCalled(text))
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/[\\`*_[\]|~!]/g, '\\$&')
    .replace(/^>/, '&gt;')
    .replace(/^([-+#=])/, '\\$1')
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2')
    .replace(/@(?=\w)/g, `@${BREAK}`)
    .replace(/#(?=\d)/g, `#${BREAK}`)
    .replace(/(https?|ftp|mailto|xmpp)(?=:)/gi, `$1${BREAK}`)
    .replace(/\bwww(?=\.)/gi, `www${BREAK}`);
}

/** A number, a word of our own or one from a disk, as it stands: in the fixed width of a terminal. */
export function markdownCode(text: string): string {
  const plain = plainText(text).replaceAll('|', '\\|');
  const fence = '`'.repeat(1 + Math.max(0, ...[...plain.matchAll(/`+/g)].map(([run]) => run.length)));
  const edge = plain.startsWith('`') || plain.endsWith('`') || plain === '' ? ' ' : '';
  return `${fence}${edge}${plain}${edge}${fence}`;
}

export interface MarkdownColumn {
  /** Escaped already. */
  readonly head: string;
  readonly align: 'left' | 'right';
}

/** Cells are escaped already. Ends with a newline. */
export function markdownTable(columns: readonly MarkdownColumn[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => (cell === '' ? ' ' : cell)).join(' | ')} |\n`;
  const rule = columns.map(({ align }) => (align === 'right' ? '---:' : '---'));
  return [columns.map(({ head }) => head), rule, ...rows].map(line).join('');
}

/** One item a line; empty where there are none. */
export function markdownList(title: string, entries: readonly string[]): string {
  return entries.length === 0 ? '' : `### ${title}\n\n${entries.map((entry) => `- ${markdownText(entry)}\n`).join('')}`;
}
