// SPDX-License-Identifier: GPL-2.0-only
/** Writes blocks as Markdown, as the notes of a notebook are read. */
import type { Block, Grid } from './block.ts';

/** The blocks as Markdown, as `parseNotes` reads them. */
export function writeBlocks(blocks: readonly Block[], indent = ''): string[] {
  return blocks.flatMap((block) => {
    switch (block.kind) {
      case 'item':
        return [`${indent}- ${block.text}`, ...writeBlocks(block.children, `${indent}  `)];
      case 'verbatim': {
        const longest = Math.max(2, ...block.lines.map((line) => /^\s*(`+)/.exec(line)?.[1]?.length ?? 0));
        const mark = '`'.repeat(longest + 1);
        return [
          `${indent}${mark}`,
          ...block.lines.map((line) => (line === '' ? '' : `${indent}${line}`)),
          `${indent}${mark}`,
        ];
      }
      case 'grid':
        return gridMarkdown(block).map((line) => `${indent}${line}`);
      default:
        return block satisfies never;
    }
  });
}

function gridMarkdown({ rows, align }: Grid): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), `|${align.map((side) => (side === 'right' ? '---:' : '---')).join('|')}|`, ...body.map(line)];
}
