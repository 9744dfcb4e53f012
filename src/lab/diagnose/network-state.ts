// SPDX-License-Identifier: GPL-2.0-only
/** Looks at the network of a live lab: devices, tables, switches and counters of both hosts and the guest. */

import type { BackendEvidence } from '../../backends/backend.ts';
import { parseProcNet, parseQdiscs } from '../../diagnose/counters.ts';
import { parseIptables, parseNft } from '../../diagnose/parse-firewall.ts';
import { parseLinks } from '../../diagnose/parse-links.ts';
import {
  parseAddresses,
  parseFdb,
  parseNeighbours,
  parseRoutes,
  parseSysctls,
  parseVlans,
} from '../../diagnose/parse-tables.ts';
import { reasonOf } from '../../model/errors.ts';
import type { Counter } from '../../model/evidence.ts';
import type { DeviceView, FirewallRule, NetworkState } from '../../model/network-state.ts';
import { HOSTS, type Host, type Place } from '../../model/place.ts';
import type { PathPlan } from '../../model/plan.ts';
import type { EvidenceSource, SourceId, SourceKind } from '../../model/source.ts';
import { parseOffloads } from '../../system/facts.ts';
import { findTool } from '../../system/find-tool.ts';
import { runAt } from '../live/open.ts';
import { readBackendEvidence } from './backend-evidence.ts';
import { guestCounters, guestState } from './guest-state.ts';
import type { LookAt, Looked } from './look-at.ts';

/** Switches that can end or turn a packet; those of a device are asked for every device of the path. */
const SYSCTLS = [
  'net.ipv4.ip_forward',
  'net.ipv4.conf.all.rp_filter',
  'net.ipv4.conf.all.arp_ignore',
  'net.ipv4.conf.all.forwarding',
  'net.ipv4.icmp_echo_ignore_all',
  'net.ipv4.icmp_echo_ignore_broadcasts',
  'net.ipv6.conf.all.disable_ipv6',
  'net.bridge.bridge-nf-call-iptables',
  'net.bridge.bridge-nf-call-ip6tables',
  'net.bridge.bridge-nf-call-arptables',
];
const DEVICE_SYSCTLS = ['rp_filter', 'arp_ignore', 'arp_filter', 'accept_local', 'forwarding'];

/** Tools that list rules which end packets: where one is missing, its rules cannot be seen. */
const FIREWALLS: readonly {
  readonly argv: readonly string[];
  readonly parse: (place: Place, text: string) => FirewallRule[];
}[] = [
  { argv: ['nft', '-a', 'list', 'ruleset'], parse: parseNft },
  { argv: ['iptables-legacy-save'], parse: (place, text) => parseIptables(place, 'iptables-legacy', text) },
  { argv: ['ip6tables-legacy-save'], parse: (place, text) => parseIptables(place, 'ip6tables-legacy', text) },
  { argv: ['ebtables-legacy-save'], parse: (place, text) => parseIptables(place, 'ebtables-legacy', text) },
];

/** Everything that the rules ask of the lab's network at this moment. What a machine cannot tell is a source that was not used. */
export async function readNetworkState(at: LookAt): Promise<Looked<NetworkState>> {
  const hosts = await Promise.all(HOSTS.map((host) => hostState(at, host)));
  const guests = await Promise.all([...at.lab.guests.keys()].map((place) => guestState(at, place)));
  const own = await readBackendEvidence(at);
  const states = [...hosts, ...guests];
  const all = <K extends keyof NetworkState>(key: K) => states.flatMap(({ found }) => found[key] as readonly never[]);
  return {
    found: {
      devices: all('devices'),
      neighbours: all('neighbours'),
      fdb: [...all('fdb'), ...(own.found?.fdb ?? [])],
      fdbFill: [...all('fdbFill'), ...(own.found?.fdbFill ?? [])],
      vlans: all('vlans'),
      sysctls: all('sysctls'),
      routes: all('routes'),
      firewall: all('firewall'),
      addresses: all('addresses'),
    },
    sources: [...states.flatMap(({ sources }) => sources), ...own.sources],
  };
}

/** Counters of stack, devices, qdiscs and of the path's own data path; `deltasOf` tells what moved between two looks. */
export async function readStackCounters(at: LookAt): Promise<Counter[]> {
  const hosts = await Promise.all(HOSTS.map((host) => hostCounters(at, host)));
  const guests = await Promise.all([...at.lab.guests.keys()].map((place) => guestCounters(at, place)));
  const own: BackendEvidence | null = (await readBackendEvidence(at)).found;
  return [...hosts.flat(), ...guests.flat(), ...(own?.counters ?? [])];
}

async function hostState({ lab, path, signal }: LookAt, host: Host): Promise<Looked<NetworkState>> {
  const look = (argv: readonly string[]) => runAt(lab, host, argv, signal);
  const sources: EvidenceSource[] = [];
  const ask = async (
    kind: SourceKind,
    argv: readonly string[],
    which: Partial<Pick<SourceId, 'of' | 'device'>> = {},
  ) => {
    const source: SourceId = { kind, places: [host], of: null, device: null, ...which };
    try {
      const text = await look(argv);
      sources.push({ ...source, used: true, why: '' });
      return text;
    } catch (error) {
      signal.throwIfAborted();
      const why = /No such file or directory$/.test(reasonOf(error).trim())
        ? `no ${argv[0]} on this machine`
        : reasonOf(error);
      sources.push({ ...source, used: false, why });
      return '';
    }
  };
  const { devices, filtering, fdbFill } = parseLinks(
    host,
    await ask('devices', ['ip', '-d', '-s', '-s', '-j', 'link']),
  );
  const related = relatedDevices(host, path, devices);
  const sysctls = [
    ...SYSCTLS,
    ...related.flatMap(({ name }) => DEVICE_SYSCTLS.map((key) => `net.ipv4.conf.${name.replaceAll('.', '/')}.${key}`)),
  ];
  const rules: FirewallRule[] = [];
  for (const { argv, parse } of FIREWALLS) {
    rules.push(...(await inToolsHere(parse(host, await ask('firewall', argv, { of: argv[0] ?? null })))));
  }
  const routes = [
    ...parseRoutes(host, 'route', await ask('routes', ['ip', '-4', 'route', 'show', 'table', 'main'])),
    ...parseRoutes(host, 'rule', await ask('rules-of-routing', ['ip', '-4', 'rule'])),
  ];
  return {
    found: {
      devices: await Promise.all(
        devices.map(async (device) =>
          related.includes(device)
            ? {
                ...device,
                offloads: parseOffloads(await ask('offloads', ['ethtool', '-k', device.name], { device: device.name })),
              }
            : device,
        ),
      ),
      neighbours: parseNeighbours(host, await ask('neighbours', ['ip', '-j', 'neigh'])),
      fdb: parseFdb(host, await ask('fdb', ['bridge', '-j', 'fdb'])),
      fdbFill,
      vlans: parseVlans(host, await ask('vlans', ['bridge', '-j', 'vlan']), (port) =>
        related.some(({ name, master }) => name === port && master !== null && filtering.includes(master)),
      ),
      sysctls: parseSysctls(host, await ask('sysctls', ['sysctl', '-e', ...sysctls])),
      routes,
      firewall: rules,
      addresses: parseAddresses(host, await ask('addresses', ['ip', '-j', 'addr'])),
    },
    sources,
  };
}

/** nft changes what iptables-nft made as well: where that is not installed, the advice is in nft's words. */
function inToolsHere(rules: readonly FirewallRule[]): Promise<FirewallRule[]> {
  return Promise.all(
    rules.map(async (rule) => {
      const { tool } = rule;
      const isHere = tool === undefined || tool === 'nft' || (await findTool(tool)) !== null;
      return isHere || !tool.endsWith('-nft') ? rule : { ...rule, tool: 'nft' };
    }),
  );
}

/** The devices of the path, and those that they belong to: the lab's hosts hold the devices of all its paths. */
function relatedDevices(host: Host, { wire, backendPlan }: PathPlan, devices: readonly DeviceView[]): DeviceView[] {
  const named = new Set([
    wire[host].device,
    ...backendPlan.hops.filter(({ where }) => where === host).map(({ device }) => device),
    ...Object.values(backendPlan.proof)
      .flat()
      .filter((point) => point.host === host)
      .map(({ device }) => device),
  ]);
  const masters = new Set(devices.filter(({ name }) => named.has(name)).map(({ master }) => master));
  return devices.filter(
    ({ name, master }) => named.has(name) || masters.has(name) || (master !== null && named.has(master)),
  );
}

async function hostCounters({ lab, signal }: LookAt, host: Host): Promise<Counter[]> {
  const look = (argv: readonly string[]) => runAt(lab, host, argv, signal);
  const [links, qdiscs, stack] = await Promise.all([
    look(['ip', '-d', '-s', '-s', '-j', 'link']),
    look(['tc', '-s', '-j', 'qdisc']).catch(() => '[]'),
    // A kernel without IPv6 has no snmp6, and cat prints the rest all the same.
    look(['cat', '/proc/net/snmp', '/proc/net/netstat']),
  ]);
  return [...parseLinks(host, links).counters, ...parseQdiscs(host, qdiscs), ...parseProcNet(host, stack)];
}
