// SPDX-License-Identifier: GPL-2.0-only
/** The kinds of probes that there are: the one array; a new kind is a folder and a line here. */
import type { Unit } from '../model/unit.ts';
import { crr } from './crr/crr.ts';
import type { Probe, ProbeProtocol } from './probe.ts';
import { rr } from './rr/rr.ts';

export const PROBES: readonly Probe[] = [rr, crr];

/** The words of the lab file's `protocol`, the plainest first. */
export function protocolWords(): readonly string[] {
  return PROBES.flatMap(({ protocols }) => protocols.map(({ word }) => word));
}

/** Every unit that a kind measures in, the first kind's first. */
export function unitsMeasured(): readonly Unit[] {
  return [...new Set(PROBES.map(({ unit }) => unit))];
}

/** The kind that a protocol's word belongs to. Throws on a word that no kind has: files are checked where they are read. */
export function probeOf(word: string): Probe {
  return find(word).probe;
}

export function protocolOf(word: string): ProbeProtocol {
  return find(word).protocol;
}

function find(word: string): { readonly probe: Probe; readonly protocol: ProbeProtocol } {
  for (const probe of PROBES) {
    const protocol = probe.protocols.find((each) => each.word === word);
    if (protocol !== undefined) return { probe, protocol };
  }
  throw new Error(`no kind of probe has the protocol ${word}`);
}
