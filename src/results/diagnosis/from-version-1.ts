// SPDX-License-Identifier: GPL-2.0-only
/** Diagnoses of schema 1, whose evidence was lines of text: takes them apart, once and here alone. */

import { z } from 'zod';
import { type EvidenceSummary, evidenceSchema, type KeptFrames, pathSchema } from '../../model/diagnosis.ts';
import type { Counter } from '../../model/evidence.ts';
import type { DeviceAddress, Fact, FdbFill } from '../../model/network-state.ts';
import { stateSchema } from '../../model/network-state.ts';
import { HOST1, HOST2 } from '../../model/place.ts';
import { diagnosisSchema2, type Version2 } from './from-version-2.ts';
import { sourceOfVersion1 } from './source-of-version-1.ts';

const lines = z.array(z.string());
const source = z.object({ name: z.string(), used: z.boolean(), why: z.string() });
const fill = stateSchema.shape.fdbFill.element.omit({ place: true });
const state = stateSchema.extend({
  ...{ fdbFill: z.array(fill), sysctls: z.record(z.string(), z.string()) },
  ...{ routes: lines, firewall: lines, addresses: lines },
});
const evidence = evidenceSchema.extend({
  deltas: z.record(z.string(), z.number()),
  frames: z.record(z.string(), z.number()),
  state,
  sources: z.array(source),
});

export const diagnosisSchema1 = diagnosisSchema2.extend({
  schema: z.literal(1),
  paths: z.array(pathSchema.omit({ couldNotLook: true }).extend({ evidence: z.array(evidence) })),
  sources: z.array(source),
});

type Version1 = z.infer<typeof diagnosisSchema1>;
type Evidence1 = z.infer<typeof evidence>;

/** The same diagnosis as schema 2 has it: what is printed of it is what was. */
export function fromVersion1({ paths, sources, ...diagnosis }: Version1): Version2 {
  return {
    ...diagnosis,
    schema: 2,
    paths: paths.map((path) => ({ ...path, couldNotLook: null, evidence: path.evidence.map(evidenceOf) })),
    sources: sources.map(sourceOfVersion1),
  };
}

function evidenceOf({ deltas, frames, sources, ...rest }: Evidence1): EvidenceSummary {
  return {
    ...rest,
    deltas: Object.entries(deltas).map(([name, value]) => counterOf(name, value)),
    frames: Object.entries(frames).map(([at, count]) => framesOf(at, count)),
    sources: sources.map(sourceOfVersion1),
    state: stateOfVersion1(rest.state),
  };
}

/** How the network stood, of lines and records with their place in front. */
function stateOfVersion1(old: z.infer<typeof state>): EvidenceSummary['state'] {
  const { fdbFill, sysctls, routes, firewall, addresses } = old;
  return {
    ...old,
    fdbFill: fdbFill.map((each): FdbFill => ({ place: placeOfBridge(each.bridge, old), ...each })),
    sysctls: Object.entries(sysctls).map(([name, value]) => ({ ...placed(name), value })),
    routes: routes.map(routeOf),
    firewall: firewall.map(ruleOf),
    addresses: addresses.map(addressOf),
  };
}

const PLACED = /^(guest|host1|host2) (.*)$/s;

function placed(line: string): Pick<Fact, 'place' | 'key'> {
  const [, place, key = ''] = PLACED.exec(line) ?? [];
  return place === 'guest' || place === HOST1
    ? { place, key }
    : { place: HOST2, key: place === undefined ? line : key };
}

/** Schema 1 did not say; bridges of backends are in host2. */
function placeOfBridge(bridge: string, { devices }: Pick<Evidence1['state'], 'devices'>): FdbFill['place'] {
  return devices.find(({ name, kind }) => name === bridge && kind === 'bridge')?.place ?? HOST2;
}

/** "0:" and the like begin a line of `ip rule`. */
function routeOf(line: string): Fact {
  const { place, key: value } = placed(line);
  return { place, key: /^\d+:/.test(value) ? 'rule' : 'route', value };
}

/** The table and the chain end at the first colon with a blank: their own names have none. */
function ruleOf(line: string): Fact {
  const { place, key } = placed(line);
  const end = key.indexOf(': ');
  return { place, key: key.slice(0, end), value: key.slice(end + 2) };
}

function addressOf(line: string): DeviceAddress {
  const { place, key } = placed(line);
  const [, address = key, prefix = '0', device = ''] = /^(\S+)\/(\d+) on (.*)$/.exec(key) ?? [];
  return { place, device, address, prefix: Number(prefix) };
}

/** "wire, near end, host2": the place is the last word. */
function framesOf(at: string, frames: number): KeptFrames {
  const end = at.lastIndexOf(', ');
  return { hop: at.slice(0, end), place: placed(`${at.slice(end + 2)} `).place, frames };
}

/** "host1 TcpInCsumErrors", "host2 t-tap rx_dropped", "bridge b t-tap drop_spoofed", "switch b flow ...". */
function counterOf(name: string, value: number): Counter {
  const own = { place: HOST2, value } as const;
  const [, bridge = '', ofBridge = ''] = /^bridge (\S+) (.*)$/.exec(name) ?? [];
  if (bridge !== '') return { ...own, by: 'bridge', bridge, ...deviceAnd(ofBridge, /^fdb /) };
  const [, ofAll] = /^switch (\S+)$/.exec(name) ?? [];
  if (ofAll !== undefined) return { ...own, by: 'switch', bridge: null, device: null, key: ofAll };
  const [, ovs = '', ofSwitch = ''] = /^switch (\S+) (.*)$/.exec(name) ?? [];
  if (ovs !== '') return { ...own, by: 'switch', bridge: ovs, ...deviceAnd(ofSwitch, /^flow /) };
  const { place, key } = placed(name);
  return { place, value, by: 'kernel', bridge: null, ...deviceAnd(key, /^\S+$/) };
}

/** `own`: what is counted as a whole, and not of a device. */
function deviceAnd(words: string, own: RegExp): Pick<Counter, 'device' | 'key'> {
  const [, device = null, key = words] = own.test(words) ? [] : (/^(\S+) (.*)$/.exec(words) ?? []);
  return { device, key };
}
