// SPDX-License-Identifier: GPL-2.0-only
/** Writes completion scripts for bash, zsh and fish from the commander tree. */
import type { Command, Option } from 'commander';
import { backends } from '../../backends/index.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Word {
  readonly name: string;
  readonly says: string;
}

interface CompletedOption {
  readonly flags: readonly string[];
  readonly says: string;
  /** The words that may follow; null: any; undefined: nothing follows. */
  readonly values: readonly string[] | null | undefined;
}

interface Completed extends Word {
  /** The words that may follow the command: its own commands. */
  readonly words: readonly string[];
  readonly options: readonly CompletedOption[];
}

export function completionScript(shell: Shell, program: Command): string {
  const commands = program.commands.map(complete);
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return zsh(commands);
    case 'fish':
      return fish(commands);
    default:
      return shell satisfies never;
  }
}

function complete(command: Command): Completed {
  const all = [command, ...command.commands].flatMap((each) => each.options);
  const different = new Map(all.map((option) => [option.flags, option]));
  const options = [...different.values()].map((option) => ({
    flags: [option.short, option.long].filter((flag) => typeof flag === 'string'),
    says: option.description,
    values: valuesOf(option),
  }));
  const help = { flags: ['-h', '--help'], says: 'print help', values: undefined };
  const words = command.commands.map((each) => each.name());
  return { name: command.name(), says: command.summary(), words, options: [...options, help] };
}

function valuesOf(option: Option): CompletedOption['values'] {
  if (option.argChoices !== undefined) return option.argChoices;
  if (['--only', '--paths', '--reference'].includes(option.long ?? '')) return backends.map(({ kind }) => kind);
  if (option.long === '--kernel') return ['debian', 'host'];
  return option.required || option.optional ? null : undefined;
}

function bash(commands: readonly Completed[]): string {
  const words = commands.flatMap(({ name, options, words: own }) => [
    `    ${name}) words='${[...own, ...options.flatMap(({ flags }) => flags)].join(' ')}' ;;`,
  ]);
  const withCommands = commands.filter(({ words: own }) => own.length > 0).map(({ name }) => name);
  const values = new Map(
    commands.flatMap(({ options }) =>
      options.flatMap(({ flags, values: words }) => (words ? [[flags.join('|'), words.join(' ')] as const] : [])),
    ),
  );
  return `# bash completion of hoplab
_hoplab() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words=
  case $prev in
${[...values].map(([flags, list]) => `    ${flags}) COMPREPLY=($(compgen -W '${list}' -- "$cur")); return ;;`).join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')} --help --version' -- "$cur")); return
  fi
  case \${COMP_WORDS[1]} in
${words.join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 2 ]; then
    case \${COMP_WORDS[1]} in
    ${withCommands.join('|')}) COMPREPLY=($(compgen -W "$words" -- "$cur")); return ;;
    esac
  fi
  if [ "\${cur#-}" != "$cur" ]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); else COMPREPLY=($(compgen -f -- "$cur")); fi
}
complete -o filenames -F _hoplab hoplab
`;
}

function zsh(commands: readonly Completed[]): string {
  const quote = (text: string) =>
    text.replaceAll("'", "'\\''").replaceAll('[', '\\[').replaceAll(']', '\\]').replaceAll(':', '\\:');
  const spec = ({ flags, says, values }: CompletedOption) =>
    flags.map((flag) => {
      const value = values === undefined ? '' : values === null ? ':value:_files' : `:value:(${values.join(' ')})`;
      return `'*${flag}[${quote(says)}]${value}'`;
    });
  const rest = (words: readonly string[]) => [
    ...(words.length === 0 ? [] : [`'2:command:(${words.join(' ')})'`]),
    "'*:file:_files'",
  ];
  return `#compdef hoplab
_hoplab() {
  local -a commands
  commands=(
${commands.map(({ name, says }) => `    '${name}:${quote(says)}'`).join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case $words[2] in
${commands.map(({ name, options, words }) => `    ${name}) _arguments ${[...options.flatMap(spec), ...rest(words)].join(' ')} ;;`).join('\n')}
  esac
}
_hoplab "$@"
`;
}

function fish(commands: readonly Completed[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const options = commands.flatMap(({ name, options: list }) =>
    list.map(({ flags, says, values }) => {
      const words = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
      const value = values === undefined ? '' : values === null ? ' -r' : ` -x -a ${quote(values.join(' '))}`;
      return `complete -c hoplab -n '__fish_seen_subcommand_from ${name}' ${words.join(' ')}${value} -d ${quote(says)}`;
    }),
  );
  return `# fish completion of hoplab
${commands.map(({ name, says }) => `complete -c hoplab -f -n __fish_use_subcommand -a ${name} -d ${quote(says)}`).join('\n')}
${options.join('\n')}
${commands.flatMap(({ name, words }) => (words.length === 0 ? [] : [`complete -c hoplab -f -n '__fish_seen_subcommand_from ${name}' -a ${quote(words.join(' '))}`])).join('\n')}
`;
}
