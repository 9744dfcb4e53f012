// SPDX-License-Identifier: GPL-2.0-only
/** How the network of a lab stands: devices, tables, switches and rules, each with its place. */
import { z } from 'zod';
import { PLACES } from './place.ts';
import type { Shape } from './shape.ts';

const count = z.number().int().nonnegative();
const place = z.enum(PLACES);
const text = z.string();

/** What a device says of itself, from `ip -d -s -j link` and ethtool, or from the guest's agent. */
const deviceSchema = z.object({
  place,
  name: text,
  kind: text,
  mac: text,
  mtu: count,
  up: z.boolean(),
  carrier: z.boolean(),
  master: text.nullable(),
  /** State of a bridge port: "forwarding", "disabled", ...; null where it is none. */
  portState: text.nullable(),
  /** Of a port whose bridge runs the spanning tree protocol. */
  stp: z
    .object({
      forwardDelayMs: count,
      leftMs: count.describe('Until it forwards by itself; 0: it does, or never will.'),
    })
    .exactOptional(),
  promiscuous: z.boolean(),
  allMulticast: z.boolean(),
  /** XDP program attached. */
  xdp: z.enum(['native', 'generic']).nullable(),
  /** "tx-checksumming" -> true; empty where they cannot be read. */
  offloads: z.record(text, z.boolean()),
});
export type DeviceView = Shape<typeof deviceSchema>;

const neighbourSchema = z.object({
  place,
  device: text,
  address: text,
  /** "" while it is not resolved. */
  mac: text,
  /** REACHABLE, PERMANENT, FAILED, ... */
  state: text,
});
export type Neighbour = Shape<typeof neighbourSchema>;

const fdbSchema = z.object({
  place,
  /** A Linux bridge, an Open vSwitch bridge, or an eBPF bridge. */
  bridge: text,
  port: text,
  mac: text,
  vlan: count,
  fixed: z.boolean(),
});
export type FdbEntry = Shape<typeof fdbSchema>;

/** A forwarding database with a bound. */
const fillSchema = z.object({
  place,
  bridge: text,
  entries: count,
  evicted: count,
  size: count.describe('0 = no bound.'),
});
export type FdbFill = Shape<typeof fillSchema>;

const portVlanSchema = z.object({ place, port: text, vlan: count });
export type PortVlan = Shape<typeof portVlanSchema>;

const addressSchema = z.object({ place, device: text, address: text, prefix: count });
export type DeviceAddress = Shape<typeof addressSchema>;

/** What is so at a place: a key in the words of whoever tells it, and its value. */
const factSchema = z.object({ place, key: text, value: text });
export type Fact = Shape<typeof factSchema>;

/** The tools that own rules of a firewall; a rule is changed with the tool that owns it. */
const FIREWALL_TOOLS = [
  'nft',
  'iptables-nft',
  'ip6tables-nft',
  'iptables-legacy',
  'ip6tables-legacy',
  'ebtables-legacy',
] as const;
export type FirewallTool = (typeof FIREWALL_TOOLS)[number];

const firewallSchema = factSchema.extend({
  tool: z.enum(FIREWALL_TOOLS).exactOptional().describe('Whose rule it is. Absent: an older hoplab did not say.'),
  hooks: z.array(text).exactOptional().describe('Where packets come to its chain: prerouting, input, forward, ...'),
  handle: text.exactOptional().describe("nft's own number of the rule in its table."),
});
export type FirewallRule = Shape<typeof firewallSchema>;

/** How the lab's network stands at one moment, as far as the path goes. */
export const stateSchema = z
  .object({
    devices: z.array(deviceSchema),
    neighbours: z.array(neighbourSchema),
    fdb: z.array(fdbSchema),
    /** How full the forwarding databases are that have a size. */
    fdbFill: z.array(fillSchema),
    /** VLANs of the ports of bridges that filter by them. */
    vlans: z.array(portVlanSchema),
    /** "net.ipv4.ip_forward" -> "0". */
    sysctls: z.array(factSchema),
    /** "default via 10.0.0.1 dev w1". */
    routes: z.array(factSchema).describe('The key is route or rule, the value a line of ip route or ip rule.'),
    /** Of nft and iptables: "inet t input", or "ip filter" -> "tcp dport 9100 drop". */
    firewall: z.array(firewallSchema).describe('Rules that can end a packet: the key is table and chain.'),
    addresses: z.array(addressSchema),
  })
  .describe("How the lab's network stood when the ladder had been climbed.");
export type NetworkState = Shape<typeof stateSchema>;
