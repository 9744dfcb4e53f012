// SPDX-License-Identifier: GPL-2.0-only
/** The units of what probes measure, but for a time, whose fields are in ns everywhere: a unit is an entry of the one array. */

export type Better = 'lower' | 'higher';

export interface MeasuredUnit {
  /** As JSON has it. */
  readonly name: string;
  readonly better: Better;
  /** What it is a measure of: "rate". Metrics are called by it: `hoplab_rate_bits_per_second`. */
  readonly noun: string;
  readonly metric: string;
  /** What a path does with more of it: "carries". */
  readonly verb: string;
  /** How a figure is written: its unit in a table and in full, how many of `name` that is, and its decimals below 100. */
  readonly written: {
    readonly shown: string;
    readonly inFull: string;
    readonly factor: number;
    readonly decimals: number;
  };
  /** What a limit of `--fail-if` may be written in, and how many of `name` each is. */
  readonly limits: Readonly<Record<string, number>>;
}

const RATE = { better: 'higher', noun: 'rate', verb: 'carries' } as const;

export const UNITS = [
  {
    ...{ name: 'bit/s', ...RATE, metric: 'bits_per_second' },
    written: { shown: 'Mbit/s', inFull: 'megabits per second', factor: 1e6, decimals: 1 },
    limits: { 'bit/s': 1, 'kbit/s': 1e3, 'Mbit/s': 1e6, 'Gbit/s': 1e9 },
  },
  {
    ...{ name: 'packets/s', ...RATE, metric: 'packets_per_second' },
    written: { shown: 'packets/s', inFull: 'packets per second', factor: 1, decimals: 1 },
    limits: { 'packets/s': 1 },
  },
] as const satisfies readonly MeasuredUnit[];

/** A unit that is no time. */
type OtherUnit = (typeof UNITS)[number]['name'];

/** As schemas have them. */
export function otherUnits(): readonly OtherUnit[] {
  return UNITS.map(({ name }) => name);
}

/** ns: the time that something takes. */
export type Unit = 'ns' | OtherUnit;

/** Of a unit that is no time. Throws a plain Error for any other word: that is a bug. */
export function measuredUnit(name: OtherUnit): MeasuredUnit {
  const found = UNITS.find((unit) => unit.name === name);
  if (found === undefined) throw new Error(`no unit ${name}`);
  return found;
}

export function betterOf(unit: Unit): Better {
  return unit === 'ns' ? 'lower' : measuredUnit(unit).better;
}
