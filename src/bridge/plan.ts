// SPDX-License-Identifier: GPL-2.0-only
/** What the user wants of a bridge, checked, as the lines of the loader's plan. Pure. */
import { HoplabError } from '../model/errors.ts';

export const MODES = ['auto', 'native', 'generic', 'tc'] as const;
export type Mode = (typeof MODES)[number];

export interface BridgeSpec {
  readonly name: string;
  readonly ports: readonly string[];
  readonly mode: Mode;
  /** Of a port: "any", "access:10", "trunk:10,20-29:native:1". */
  readonly vlan: ReadonlyMap<string, string>;
  /** The only stations that may send on a port. */
  readonly allow: ReadonlyMap<string, readonly string[]>;
  /** Flooded frames a second that a port may cause. */
  readonly storm: ReadonlyMap<string, number>;
  /** Where a veth's far end is: a namespace's name or path. */
  readonly peerNetns: ReadonlyMap<string, string>;
  readonly fdbSize: number | null;
  /** Seconds; 0 = never. */
  readonly ageing: number | null;
  readonly force: boolean;
}

const MAX_VLAN = 4094;
const MAX_PORTS = 64;
const NAME = /^[A-Za-z0-9][\w-]{0,31}$/;
const DEVICE = /^[^\s/]{1,15}$/;
const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;

/** Throws USAGE for what cannot be meant. */
export function planBridge(spec: BridgeSpec): string[] {
  checkName(spec.name);
  checkPorts(spec);
  return [
    ...(spec.fdbSize === null ? [] : [`fdb-size ${spec.fdbSize}`]),
    ...(spec.ageing === null ? [] : [`ageing-ms ${Math.round(spec.ageing * 1000)}`]),
    ...spec.ports.map((port) => portLine(port, spec)),
  ];
}

/** A name is a folder's name too, and in a bpffs dots are reserved. */
export function checkName(name: string): void {
  if (!NAME.test(name)) throw usage(`a bridge's name is letters, digits, "-" and "_", up to 32: got "${name}"`);
}

function checkPorts({ ports, vlan, allow, storm, peerNetns }: BridgeSpec): void {
  if (ports.length < 2) throw usage(`a bridge needs two ports or more, got ${ports.length}: --port DEV1 DEV2`);
  if (ports.length > MAX_PORTS) throw usage(`a bridge has ${MAX_PORTS} ports at most, got ${ports.length}`);
  for (const [i, port] of ports.entries()) {
    if (!DEVICE.test(port)) throw usage(`--port: "${port}" cannot be a device's name`);
    if (ports.indexOf(port) !== i) throw usage(`--port: ${port} is named twice`);
  }
  for (const [option, given] of Object.entries({ vlan, allow, storm, 'peer-netns': peerNetns }))
    for (const port of given.keys())
      if (!ports.includes(port)) throw usage(`--${option}: ${port} is not a port of this bridge (${ports.join(', ')})`);
}

function portLine(port: string, spec: BridgeSpec): string {
  const vlan = spec.vlan.get(port);
  const allow = spec.allow.get(port);
  const storm = spec.storm.get(port);
  const peer = spec.peerNetns.get(port);
  if (vlan !== undefined) checkVlan(port, vlan);
  for (const mac of allow ?? []) checkMac(port, mac);
  return [
    ...['port', port, `mode=${spec.mode}`],
    ...(vlan === undefined ? [] : [`vlan=${vlan}`]),
    ...(allow === undefined ? [] : [`allow=${allow.join(',')}`]),
    ...(storm === undefined ? [] : [`storm=${storm}`]),
    ...(peer === undefined ? [] : [`peer-netns=${netnsPath(peer)}`]),
    ...(spec.force ? ['force'] : []),
  ].join(' ');
}

/** A namespace as ip-netns(8) names it, or a path. */
export function netnsPath(netns: string): string {
  return netns.includes('/') ? netns : `/run/netns/${netns}`;
}

function checkMac(port: string, mac: string): void {
  if (!MAC.test(mac)) throw usage(`--allow ${port}: "${mac}" is no MAC address, as 02:00:00:00:00:01`);
  if (Number.parseInt(mac.slice(0, 2), 16) & 1)
    throw usage(`--allow ${port}: ${mac} is a group's address, and no station sends from one`);
}

function checkVlan(port: string, text: string): void {
  const wrong = (why: string) =>
    usage(`--vlan ${port}=${text}: ${why}; it is any, access:V or trunk:LIST[:native:V], LIST as 10,20-29`);
  const [kind, list = '', word, native, ...rest] = text.split(':');
  if (text === 'any') return;
  if (kind === 'access' && word === undefined) {
    checkNumber(list, wrong);
    return;
  }
  if (kind !== 'trunk' || rest.length > 0) throw wrong('not understood');
  for (const range of list.split(',')) {
    const [low = '', high = low, ...more] = range.split('-');
    for (const one of [low, high]) checkNumber(one, wrong);
    if (more.length > 0 || Number(low) > Number(high)) throw wrong(`"${range}" is no range`);
  }
  if (word === undefined) return;
  if (word !== 'native' || native === undefined) throw wrong('not understood');
  checkNumber(native, wrong);
}

function checkNumber(text: string, wrong: (why: string) => HoplabError): void {
  if (!/^\d+$/.test(text) || Number(text) < 1 || Number(text) > MAX_VLAN)
    throw wrong(`VLAN "${text}" is not from 1 to ${MAX_VLAN}`);
}

function usage(message: string): HoplabError {
  return new HoplabError({ code: 'USAGE', message, hint: 'hoplab bridge up --help' });
}
