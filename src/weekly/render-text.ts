// SPDX-License-Identifier: GPL-2.0-only
/** Renders a weekly report as the text of a plain mail: at most 100 columns. */

import { widthOf } from '../words/text-width.ts';
import { oneLine } from './block.ts';
import { layOutGrid } from './grid.ts';
import { MAIL_WIDTH, NO_PROGRESS, NO_UPDATE, verbatimLines } from './layout.ts';
import type { ReportBlock, ReportCard, ReportSection, ReportState, WeeklyReport } from './weekly-report.ts';
import { wrapMail } from './wrap-mail.ts';

const INDENT = '  ';
/** Names in a checklist are padded to the longest of them, as far as that leaves room for the state. */
const MOST_NAME = 48;
const LEAST_DOTS = 3;

/** Head and body, with an empty line between. A mail has the width of mails; only that can be read back whole. */
export function renderWeeklyText(report: WeeklyReport, width = MAIL_WIDTH): string {
  return `${headLines(report, width).join('\n')}\n\n${renderWeeklyBody(report, width)}`;
}

/** What the reader of a mail sees below its head. */
export function renderWeeklyBody(report: WeeklyReport, width = MAIL_WIDTH): string {
  const { sections, footnotes, week, span, timeZone, offset } = report;
  const parts = [
    wrapMail(`Week: ${week}, ${span.from} to ${span.to} (${timeZone}, ${offset})`, { width, first: '', rest: INDENT }),
    ...sections.map((section) => sectionLines(section, width)),
    footnotes.flatMap((text, index) => wrapMail(`[${index + 1}] ${text}`, { width, first: '', rest: INDENT + INDENT })),
  ];
  const text = parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${text.join('\n\n')}\n`;
}

/** "Fri, 27 Nov 2026". */
export function mailDate(day: string): string {
  return new Date(`${day}T00:00:00Z`).toUTCString().slice(0, 16);
}

function headLines({ from, to, cc, subject, date }: WeeklyReport, width: number): string[] {
  const fields: [string, string][] = [
    ...(from === null ? [] : ([['From', from]] as [string, string][])),
    ...(to.length === 0 ? [] : ([['To', to.join(', ')]] as [string, string][])),
    ...(cc.length === 0 ? [] : ([['Cc', cc.join(', ')]] as [string, string][])),
    ['Subject', subject],
    ['Date', mailDate(date)],
  ];
  return fields.flatMap(([name, value]) => wrapMail(`${name}: ${oneLine(value)}`, { width, first: '', rest: INDENT }));
}

function sectionLines({ title, blocks, cards }: ReportSection, width: number): string[] {
  const heading = `=== ${title} ===`;
  if (blocks.length === 0 && cards.length === 0) return [heading, NO_PROGRESS];
  const parts = [
    ...(blocks.length === 0 ? [] : [blockLines(blocks, INDENT, width)]),
    ...cards.map((card) => cardLines(card, width)),
  ];
  return [heading, ...parts.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))];
}

function cardLines(card: ReportCard, width: number): string[] {
  const owner = card.owner === null ? '' : ` @${card.owner}`;
  const heading = wrapMail(`[${card.id}] (${card.title})${owner}${card.marks}`, {
    width,
    first: '',
    rest: '      ',
  });
  if (card.states.length === 0 && card.blocks.length === 0) return [...heading, `${INDENT}${NO_UPDATE}`];
  return [...heading, ...stateLines(card.states, width), ...blockLines(card.blocks, INDENT, width)];
}

function stateLines(states: readonly ReportState[], width: number): string[] {
  const room = Math.min(
    Math.max(0, MOST_NAME - (MAIL_WIDTH - width)),
    Math.max(0, ...states.map(({ name }) => widthOf(name))),
  );
  return states.flatMap(({ letter, name, word, more }) => {
    const dots = '.'.repeat(LEAST_DOTS + Math.max(0, room - widthOf(name)));
    return wrapMail(`${name} ${dots} ${word}${more}`, {
      width,
      first: `${INDENT}${letter}. `,
      rest: `${INDENT}${' '.repeat(letter.length + 2)}`,
    });
  });
}

/** A table or code has an empty line on both sides. */
function blockLines(blocks: readonly ReportBlock[], indent: string, width: number): string[] {
  const lines: string[] = [];
  let apart = false;
  for (const block of blocks) {
    const isItem = block.kind === 'item';
    if ((!isItem || apart) && lines.at(-1) !== '') lines.push('');
    if (isItem) {
      lines.push(...wrapMail(block.text, { width, first: `${indent}- `, rest: `${indent}${INDENT}` }));
      const children = blockLines(block.children, `${indent}${INDENT}`, width);
      lines.push(...children);
      apart = endsApart(block);
    } else {
      lines.push(...plainBlock(block, indent, width));
      apart = true;
    }
  }
  return lines;
}

/** Whether the last line of a bullet is one of a table. */
function endsApart(block: ReportBlock): boolean {
  const last = block.kind === 'item' ? block.children.at(-1) : block;
  if (last === undefined) return false;
  return last.kind === 'item' ? endsApart(last) : true;
}

function plainBlock(block: Exclude<ReportBlock, { kind: 'item' }>, indent: string, width: number): string[] {
  const room = width - indent.length;
  const lines = block.kind === 'grid' ? layOutGrid(block, room) : block.lines;
  return verbatimLines(lines, room).map((line) => `${indent}${line}`);
}
