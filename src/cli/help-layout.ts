// SPDX-License-Identifier: GPL-2.0-only
/** How help is laid out: no line wider than the terminal. */
import type { HelpConfiguration } from 'commander';
import { foldCommand } from '../words/fold-command.ts';
import { programName } from '../words/program-name.ts';
import { wrap } from '../words/wrap.ts';
import type { CommandModule } from './command.ts';
import { MIN_WIDTH, terminalWidth } from './output.ts';

/** Wide enough for help that nobody looks at in a terminal. */
const PLAIN_WIDTH = 80;
/** Less room than this beside the terms breaks every description into shreds. */
const LEAST_BESIDE = 30;

export function helpWidth(): number {
  return Math.max(MIN_WIDTH, terminalWidth() ?? PLAIN_WIDTH);
}

export function helpLayout(width: number): HelpConfiguration {
  return {
    helpWidth: width,
    minWidthToWrap: 20,
    styleUsage: (usage) => wrapUsage(usage, width),
    formatItem(term, termWidth, description) {
      const beside = width - termWidth - 4;
      if (description === '') return `  ${term}`;
      if (beside >= LEAST_BESIDE)
        return hanging(description, { width, first: `  ${term.padEnd(termWidth)}  `, indent: termWidth + 4 });
      return `  ${term}\n${hanging(description, { width, first: ' '.repeat(6), indent: 6 })}`;
    },
  };
}

/** "Examples:", each with what it does beside it, or below it where the line is full. */
export function examplesText({ examples }: CommandModule, width: number): string {
  const longest = Math.max(...examples.map(({ line }) => line.length));
  const name = programName();
  const lines = examples.flatMap(({ line, says }) => {
    const beside = `  ${name} ${line.padEnd(longest)}  ${says}`;
    if (examples.every((one) => longest + name.length + one.says.length + 5 <= width)) return [beside];
    return [
      ...foldCommand(`  ${name} ${line}`, width, '    '),
      ...wrap(says, { width, first: ' '.repeat(6), rest: ' '.repeat(6) }),
    ];
  });
  return `\nExamples:\n${lines.join('\n')}`;
}

interface Hanging {
  readonly width: number;
  readonly first: string;
  readonly indent: number;
}

function hanging(text: string, { width, first, indent }: Hanging): string {
  return wrap(text, { width, first, rest: ' '.repeat(indent) }).join('\n');
}

/** Broken between words, and between the brackets of what may be left out. */
function wrapUsage(usage: string, width: number): string {
  const title = 'Usage: '.length;
  if (title + usage.length <= width) return usage;
  const lines: string[] = [];
  let line = '';
  for (const word of usage.match(/\[[^\]]*\]\]?|\S+/g) ?? []) {
    if (line !== '' && title + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  const [first = '', ...rest] = [...lines, line];
  return [first, ...rest.map((each) => ' '.repeat(title) + each)].join('\n');
}
