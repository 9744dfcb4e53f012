// SPDX-License-Identifier: GPL-2.0-only
/** Writes the man pages from the commander tree and the examples: one for hoplab, one for each command. */
import type { Command, Option } from 'commander';
import { toolVersion } from '../../system/paths.ts';
import type { CommandModule } from '../command.ts';
import { COMMANDS } from '../command-list.ts';
import { createProgram } from '../program.ts';
import { exitMeanings } from './exit-meanings.ts';
import { idleContext } from './idle-context.ts';

const SUMMARY = 'measure the latency of virtual machine networking, say why a path fails, and where the time goes';

/** File name -> text in roff (man(7) macros). */
export async function manPages(): Promise<ReadonlyMap<string, string>> {
  const program = await createProgram(idleContext, 'all');
  const pages = new Map([['hoplab.1', mainPage(program)]]);
  for (const { name, summary, load } of COMMANDS) {
    const command = program.commands.find((each) => each.name() === name);
    if (command === undefined) throw new Error(`no command ${name}`);
    pages.set(`hoplab-${name}.1`, commandPage(command, summary, await load()));
  }
  return pages;
}

function mainPage(program: Command): string {
  return page('hoplab', SUMMARY, [
    '.SH SYNOPSIS',
    '.B hoplab',
    '.I COMMAND',
    '.RI [ OPTIONS ]',
    '.SH DESCRIPTION',
    ...text(program.description()),
    '.SH COMMANDS',
    ...COMMANDS.flatMap(({ name, summary }) => ['.TP', `.BR hoplab\\-${name} (1)`, ...text(`${summary}.`)]),
    '.SH OPTIONS',
    ...optionLines(program),
    '.SH EXIT STATUS',
    ...exitMeanings().flatMap(([code, means]) => ['.TP', `.B ${code}`, ...text(statusText(means))]),
    '.SH ENVIRONMENT',
    ...[
      '.TP',
      '.B HOPLAB_RUNS',
      ...text(
        'The folder of runs; default: ./runs where there is one, else ~/.local/share/hoplab/runs ($XDG_DATA_HOME).',
      ),
    ],
    ...['.TP', '.B HOPLAB_CACHE', ...text('Where guest kernels, images and native parts are kept.')],
    ...[
      '.TP',
      '.B HOPLAB_DEADLINES',
      ...text('x10: every deadline is ten times as long, for a slow machine; the option --deadlines does the same.'),
    ],
    ...['.TP', '.B HOPLAB_DEBUG', ...text('1: errors are printed with their stack and causes.')],
    ...['.TP', '.B NO_COLOR', ...text('Set: no colours.')],
  ]);
}

/** A sentence, without the marks of Markdown. */
function statusText(means: string): string {
  return `${means[0]?.toUpperCase()}${means.slice(1)}.`.replaceAll('`', '');
}

function commandPage(command: Command, summary: string, { examples }: CommandModule): string {
  const name = `hoplab-${command.name()}`;
  const parts = command.commands.filter((each) => each.name() !== 'help');
  return page(name, summary, [
    '.SH SYNOPSIS',
    ...[command, ...parts].flatMap((each, index) => [...(index === 0 ? [] : ['.br']), ...synopsis(each)]),
    '.SH DESCRIPTION',
    ...text(command.description()),
    '.SH OPTIONS',
    ...optionLines(command),
    ...parts.flatMap((part) => [`.SS ${toRoff(pathOf(part))}`, ...text(part.description()), ...optionLines(part)]),
    '.SH EXAMPLES',
    ...examples.flatMap(({ line, says }) => ['.TP', `.B ${toRoff(`hoplab ${line}`)}`, ...text(says)]),
    '.SH SEE ALSO',
    '.BR hoplab (1)',
  ]);
}

function page(name: string, summary: string, body: readonly string[]): string {
  return `${[
    '.\\" Generated from src/cli by npm run docs: change it there.',
    `.TH ${name.toUpperCase().replaceAll('-', '\\-')} 1 "" "hoplab ${toolVersion}" "hoplab"`,
    '.SH NAME',
    `${toRoff(name)} \\- ${toRoff(summary)}`,
    ...body,
  ].join('\n')}\n`;
}

function synopsis(command: Command): string[] {
  return [`.B ${toRoff(pathOf(command))}`, `.RI ${toRoff(command.usage()).replaceAll(' ', '\\ ')}`];
}

/** "hoplab bridge up". */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function optionLines(command: Command): string[] {
  const options = command.createHelp().visibleOptions(command);
  return options.flatMap((option) => ['.TP', `.B ${toRoff(option.flags)}`, ...text(describe(option))]);
}

/** As --help has it: with choices and the default. */
function describe(option: Option): string {
  const more = [
    ...(option.argChoices === undefined ? [] : [`choices: ${option.argChoices.join(', ')}`]),
    ...(option.defaultValue === undefined ? [] : [`default: ${option.defaultValueDescription ?? option.defaultValue}`]),
  ];
  return more.length === 0 ? option.description : `${option.description} (${more.join('; ')})`;
}

/** A paragraph; a sentence begins a line, as man pages have it. */
function text(words: string): string[] {
  return toRoff(words)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (/^[.']/.test(line) ? `\\&${line}` : line));
}

function toRoff(words: string): string {
  return words.replaceAll('\\', '\\e').replaceAll('-', '\\-');
}
