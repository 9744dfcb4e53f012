// SPDX-License-Identifier: GPL-2.0-only
/** Writes completion scripts for bash, zsh and fish from the commander tree; runs, labels and paths are asked for as they are typed. */
import type { Command, Option } from 'commander';
import { STATISTICS, UNLIKE_KEYS } from '../../model/compare.ts';
import { ASKED, ASKED_KINDS, type AskedKind } from '../asked.ts';
import { REPORT_FORMATS } from '../show/report-format.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Word {
  readonly name: string;
  readonly says: string;
}

/** Words that are known, a kind of words that the program is asked for, or files. */
type Values = { readonly kind: 'words'; readonly words: readonly string[] } | { readonly kind: AskedKind | 'files' };

interface CompletedOption {
  readonly flags: readonly string[];
  readonly says: string;
  /** undefined: nothing follows. */
  readonly values: Values | undefined;
}

interface Completed extends Word {
  /** The words that may follow the command: its own commands. */
  readonly words: readonly string[];
  /** What may stand behind it besides files. */
  readonly asks: AskedKind | null;
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
  const all = [command, ...command.commands].flatMap((each) => each.options).filter(({ hidden }) => !hidden);
  const different = new Map(all.map((option) => [option.flags, option]));
  const options = [...different.values()].map((option) => ({
    flags: [option.short, option.long].filter((flag) => typeof flag === 'string'),
    says: option.description,
    values: valuesOf(option),
  }));
  const help = { flags: ['-h', '--help'], says: 'print help', values: undefined };
  const words = command.commands.map((each) => each.name());
  return { name: command.name(), says: command.summary(), words, asks: asksOf(command), options: [...options, help] };
}

/** By what its usage ends with. */
function asksOf({ registeredArguments }: Command): AskedKind | null {
  const last = registeredArguments.at(-1)?.name() ?? '';
  if (last.endsWith('RUN')) return 'runs';
  return last.endsWith('PATH') ? 'paths' : null;
}

const ASKED_OPTIONS: Readonly<Record<string, AskedKind>> = {
  ...{ '--only': 'paths', '--reference': 'paths', '--relative-to': 'paths' },
  ...{ '--label': 'labels', '--baseline': 'runs', '--since': 'runs' },
};

/** Options whose own help lists their words, by how the help calls them. */
const WORD_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  '--allow <KEY>': UNLIKE_KEYS,
  '--format <NAME>': REPORT_FORMATS,
  ...{ '--statistic <NAME>': STATISTICS, '--statistic <LIST>': STATISTICS },
};

function valuesOf(option: Option): Values | undefined {
  const words = option.argChoices ?? WORD_OPTIONS[option.flags];
  if (words !== undefined) return { kind: 'words', words };
  const asked = ASKED_OPTIONS[option.long ?? ''];
  if (asked !== undefined) return { kind: asked };
  if (option.long === '--kernel') return { kind: 'words', words: ['debian', 'host'] };
  return option.required || option.optional ? { kind: 'files' } : undefined;
}

function bash(commands: readonly Completed[]): string {
  const words = commands.flatMap(({ name, options, words: own }) => [
    `    ${name}) words='${[...own, ...options.flatMap(({ flags }) => flags)].join(' ')}' ;;`,
  ]);
  const withCommands = commands.filter(({ words: own }) => own.length > 0).map(({ name }) => name);
  const typed = new Map<string, string[]>();
  for (const { name, options } of commands) {
    for (const { flags, values } of options) {
      if (values === undefined) continue;
      const list = bashValues(values);
      typed.set(list, [...(typed.get(list) ?? []), ...flags.map((flag) => `'${name} ${flag}'`)]);
    }
  }
  const asked = commands.flatMap(({ name, asks }) =>
    asks === null ? [] : [`    ${name}) more="$(_hoplab_ask ${asks})" ;;`],
  );
  return `# bash completion of hoplab
_hoplab_ask() { "\${COMP_WORDS[0]}" ${ASKED} "$1" "\${COMP_WORDS[@]:1}" 2>/dev/null; }
_hoplab() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words= more= list=
  case $cur in *,*) list=\${cur%,*}, ;; esac
  case "\${COMP_WORDS[1]} $prev" in
${[...typed].map(([list, places]) => `    ${places.join('|')}) COMPREPLY=($(compgen ${list})); return ;;`).join('\n')}
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
  if [ "\${cur#-}" != "$cur" ]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); return; fi
  case \${COMP_WORDS[1]} in
${asked.join('\n')}
  esac
  COMPREPLY=($(compgen -P "$list" -W "$more" -- "\${cur##*,}") $(compgen -f -- "$cur"))
}
complete -o filenames -F _hoplab hoplab
`;
}

function bashValues(values: Values): string {
  if (values.kind === 'files') return '-f -- "$cur"';
  const words = values.kind === 'words' ? `'${values.words.join(' ')}'` : `"$(_hoplab_ask ${values.kind})"`;
  // Of a list the word behind its last comma.
  return `-P "$list" -W ${words} -- "\${cur##*,}"`;
}

function zsh(commands: readonly Completed[]): string {
  const quote = (text: string) =>
    text.replaceAll("'", "'\\''").replaceAll('[', '\\[').replaceAll(']', '\\]').replaceAll(':', '\\:');
  const spec = ({ flags, says, values }: CompletedOption) =>
    flags.map((flag) => {
      const value = values === undefined ? '' : `:value:${zshValues(values)}`;
      return `'*${flag}[${quote(says)}]${value}'`;
    });
  const rest = ({ words, asks }: Completed) => [
    ...(words.length === 0 ? [] : [`'2:command:(${words.join(' ')})'`]),
    asks === null ? "'*:file:_files'" : `'*:word:_hoplab_${asks}'`,
  ];
  return `#compdef hoplab
_hoplab_ask() { compset -P '*,'; compadd -- \${(f)"$("\${words[1]}" ${ASKED} $1 "\${words[@]:1}" 2>/dev/null)"} }
${ASKED_KINDS.map((kind) => `_hoplab_${kind}() { _hoplab_ask ${kind}; ${kind === 'labels' ? 'true' : '_files'} }`).join('\n')}
_hoplab() {
  local -a commands
  commands=(
${commands.map(({ name, says }) => `    '${name}:${quote(says)}'`).join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case $words[2] in
${commands.map((each) => `    ${each.name}) _arguments ${[...each.options.flatMap(spec), ...rest(each)].join(' ')} ;;`).join('\n')}
  esac
}
_hoplab "$@"
`;
}

function zshValues(values: Values): string {
  if (values.kind === 'files') return '_files';
  return values.kind === 'words' ? `(${values.words.join(' ')})` : `_hoplab_${values.kind}`;
}

function fish(commands: readonly Completed[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const options = commands.flatMap(({ name, options: list }) =>
    list.map(({ flags, says, values }) => {
      const words = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
      const value = values === undefined ? '' : fishValues(values);
      return `complete -c hoplab -n '__fish_seen_subcommand_from ${name}' ${words.join(' ')}${value} -d ${quote(says)}`;
    }),
  );
  const asked = commands.flatMap(({ name, asks }) =>
    asks === null
      ? []
      : [
          `complete -c hoplab -n '__fish_seen_subcommand_from ${name}' -a '(__fish_complete_list , "_hoplab_ask ${asks}")'`,
        ],
  );
  return `# fish completion of hoplab
function _hoplab_ask
  set -l typed (commandline -opc)
  $typed[1] ${ASKED} $argv[1] $typed[2..-1] 2>/dev/null
end
${asked.join('\n')}
${commands.map(({ name, says }) => `complete -c hoplab -f -n __fish_use_subcommand -a ${name} -d ${quote(says)}`).join('\n')}
${options.join('\n')}
${commands.flatMap(({ name, words }) => (words.length === 0 ? [] : [`complete -c hoplab -f -n '__fish_seen_subcommand_from ${name}' -a ${quote(words.join(' '))}`])).join('\n')}
`;
}

function fishValues(values: Values): string {
  if (values.kind === 'files') return ' -r';
  return ` -x -a '${values.kind === 'words' ? values.words.join(' ') : `(__fish_complete_list , "_hoplab_ask ${values.kind}")`}'`;
}
