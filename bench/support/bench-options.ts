// SPDX-License-Identifier: GPL-2.0-only
/** The command line of a bench: parts that can be chosen, whole numbers, `--help`, and one line for what is wrong. */
import { Command, InvalidArgumentError, Option } from 'commander';

export interface NumberOption {
  readonly says: string;
  readonly least: number;
  readonly usual: number;
}

export interface BenchOptions<Part extends string, Name extends string> {
  /** Those that were asked for, in the table's order; all where none was. */
  readonly parts: readonly Part[];
  readonly numbers: Readonly<Record<Name, number>>;
}

/** Ends the process after `--help` (status 0), and after one line on what is wrong (status 2). */
export function parseBenchOptions<Part extends string, Name extends string>(
  name: string,
  parts: Readonly<Record<Part, string>>,
  numbers: Readonly<Record<Name, NumberOption>>,
): BenchOptions<Part, Name> {
  const partNames = keysOf(parts);
  const numberNames = keysOf(numbers);
  const command = new Command(`npm run bench:${name} --`)
    .description('Each part has an option; without one all are run.')
    .allowExcessArguments(false)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
  for (const part of partNames) command.option(`--${part}`, parts[part]);
  for (const option of numberNames) {
    const { says, least, usual } = numbers[option];
    command.addOption(new Option(`--${option} <N>`, says).default(usual).argParser((text) => whole(text, least)));
  }
  const found = new Map<string, unknown>(
    command
      .parse()
      .options.map((option) => [option.long?.slice(2) ?? '', command.getOptionValue(option.attributeName())]),
  );
  const chosen = partNames.filter((part) => found.get(part) === true);
  const values = numberNames.map((option) => [option, Number(found.get(option))] as const);
  return {
    parts: chosen.length === 0 ? partNames : chosen,
    numbers: Object.fromEntries(values) as Record<Name, number>,
  };
}

function whole(text: string, least: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
}

function keysOf<Key extends string>(table: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(table).filter((key): key is Key => Object.hasOwn(table, key));
}
