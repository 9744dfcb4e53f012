// SPDX-License-Identifier: GPL-2.0-only
/** What changed, in few words, and what speaks against it. */
import { plainText } from '../words/plain-text.ts';
import type { ChangePoint } from './trend-schema.ts';

const MOST_VALUES = 160;

/**
 * "on -> off"; what both have in front is said once: "host2 t-tap gso: on -> off". Of a backend's options those that differ:
 * "extraBridges 0 -> 6".
 */
export function changeWords(before: string, after: string): string {
  const options = changedOptions(before, after);
  if (options !== '') return plainText(options, MOST_VALUES);
  const colon = before.lastIndexOf(': ') + 2;
  const shared = colon > 1 && before.slice(0, colon) === after.slice(0, colon) ? before.slice(0, colon) : '';
  const cut = (text: string): string => plainText(text.slice(shared.length), MOST_VALUES);
  return `${plainText(shared, MOST_VALUES)}${shared === '' ? '' : ' '}${cut(before)} -> ${cut(after)}`;
}

/** What speaks against acting on a change of level; "" = nothing does. */
export function changeDoubt({ withinMargin, relativeInterval }: ChangePoint): string {
  if (withinMargin) return 'within the margin, so no change to act on';
  const holdsZero = relativeInterval !== null && relativeInterval.low <= 0 && relativeInterval.high >= 0;
  return holdsZero ? 'its interval holds 0, so how large it is, and which way, is open' : '';
}

/** "" = these are not two sets of options of one backend. */
function changedOptions(before: string, after: string): string {
  const [earlier, later] = [readOptions(before), readOptions(after)];
  if (earlier === null || later === null || earlier.backend !== later.backend) return '';
  const names = [...new Set([...earlier.options.keys(), ...later.options.keys()])];
  return names
    .map((name) => [name, earlier.options.get(name) ?? 'none', later.options.get(name) ?? 'none'] as const)
    .filter(([, was, is]) => was !== is)
    .map(([name, was, is]) => `${name} ${was} -> ${is}`)
    .join(', ');
}

interface Options {
  readonly backend: string;
  /** Values as they stand in JSON, words without their quotes. */
  readonly options: ReadonlyMap<string, string>;
}

/** Of `ebpf {"extraBridges":0}`; null = it is not of that form. */
function readOptions(text: string): Options | null {
  const [, backend, json] = /^(\S+) (\{.*\})$/.exec(text) ?? [];
  if (backend === undefined || json === undefined) return null;
  try {
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed !== 'object' || parsed === null) return null;
    const options = Object.entries(parsed).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    return { backend, options: new Map(options) };
  } catch {
    // Two paths' options in one text: it is shown as it is.
    return null;
  }
}
