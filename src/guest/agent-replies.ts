// SPDX-License-Identifier: GPL-2.0-only
/** Parses the JSON with which the guest's agent answers. */

export interface AgentHello {
  /** Version of the protocol. */
  readonly agent: number;
  readonly release: string;
  readonly machine: string;
  readonly cpus: number;
  readonly uptimeMs: number;
  /** How many modules init loaded. */
  readonly modules: number;
  readonly cmdline: string;
  readonly clocksource: string;
}

export interface NicCounters {
  readonly name: string;
  readonly mac: string;
  readonly index: number;
  readonly mtu: number;
  readonly up: boolean;
  readonly rxPackets: number;
  readonly rxBytes: number;
  readonly rxErrors: number;
  readonly rxDropped: number;
  readonly txPackets: number;
  readonly txBytes: number;
  readonly txErrors: number;
  readonly txDropped: number;
}

const OFFLOADS = ['txChecksum', 'rxChecksum', 'sg', 'tso', 'gso', 'gro', 'lro'] as const;
export type OffloadName = (typeof OFFLOADS)[number];

export interface NicFeatures extends Readonly<Record<OffloadName, boolean>> {
  readonly driver: string;
  /** Where it is plugged, such as "0000:01:00.0". */
  readonly bus: string;
}

/** How a process ended: its status, or the number of the signal that ended it. */
export type ProcessEnd =
  | { readonly code: number; readonly signal: null }
  | { readonly code: null; readonly signal: number };

export function parseHello(text: string): AgentHello {
  const raw = parseObject(JSON.parse(text));
  return {
    ...numbers(raw, ['agent', 'cpus', 'uptimeMs', 'modules']),
    ...strings(raw, ['release', 'machine', 'cmdline', 'clocksource']),
  };
}

const COUNTS = [
  'index',
  'mtu',
  'rxPackets',
  'rxBytes',
  'rxErrors',
  'rxDropped',
  'txPackets',
  'txBytes',
  'txErrors',
  'txDropped',
] as const;

export function parseCounters(text: string): readonly NicCounters[] {
  const raw: unknown = JSON.parse(text);
  if (!Array.isArray(raw)) throw new Error('the agent gave no list of counters');
  return raw.map(parseObject).map((nic) => ({
    ...strings(nic, ['name', 'mac']),
    ...numbers(nic, COUNTS),
    ...booleans(nic, ['up']),
  }));
}

export function parseFeatures(text: string): NicFeatures {
  const raw = parseObject(JSON.parse(text));
  return { ...strings(raw, ['driver', 'bus']), ...booleans(raw, OFFLOADS) };
}

export function parseEnd(text: string): ProcessEnd {
  const { code, signal } = parseObject(JSON.parse(text));
  if (typeof code === 'number') return { code, signal: null };
  if (typeof signal === 'number') return { code: null, signal };
  throw new Error(`the agent gave no end of a process: ${text}`);
}

type Raw = Readonly<Record<string, unknown>>;

function parseObject(raw: unknown): Raw {
  if (typeof raw !== 'object' || raw === null) throw new Error('the agent gave no object');
  return raw as Raw;
}

function pick<K extends string, V>(raw: Raw, keys: readonly K[], is: (value: unknown) => value is V): Record<K, V> {
  const picked: Partial<Record<K, V>> = {};
  for (const key of keys) {
    const value = raw[key];
    if (!is(value)) throw new Error(`the agent's reply lacks "${key}"`);
    picked[key] = value;
  }
  return picked as Record<K, V>;
}

const strings = <K extends string>(raw: Raw, keys: readonly K[]) =>
  pick(raw, keys, (value): value is string => typeof value === 'string');
const numbers = <K extends string>(raw: Raw, keys: readonly K[]) =>
  pick(raw, keys, (value): value is number => typeof value === 'number');
const booleans = <K extends string>(raw: Raw, keys: readonly K[]) =>
  pick(raw, keys, (value): value is boolean => typeof value === 'boolean');
