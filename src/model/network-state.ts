/** How the network of a lab stands: devices, tables, switches and rules, each with its place. */
import type { Place } from './place.ts';

/** What a device says of itself, from `ip -d -s -j link` and ethtool, or from the guest's agent. */
export interface DeviceView {
  readonly place: Place;
  readonly name: string;
  readonly kind: string;
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  readonly carrier: boolean;
  readonly master: string | null;
  /** State of a bridge port: "forwarding", "disabled", ...; null where it is none. */
  readonly portState: string | null;
  readonly promiscuous: boolean;
  readonly allMulticast: boolean;
  /** XDP program attached: "native", "generic", null. */
  readonly xdp: 'native' | 'generic' | null;
  /** "tx-checksumming" -> true; empty where they cannot be read. */
  readonly offloads: Readonly<Record<string, boolean>>;
}

export interface Neighbour {
  readonly place: Place;
  readonly device: string;
  readonly address: string;
  /** "" while it is not resolved. */
  readonly mac: string;
  /** REACHABLE, PERMANENT, FAILED, ... */
  readonly state: string;
}

export interface FdbEntry {
  readonly place: Place;
  /** The bridge: a Linux bridge, an Open vSwitch bridge, or an eBPF bridge. */
  readonly bridge: string;
  readonly port: string;
  readonly mac: string;
  readonly vlan: number;
  readonly fixed: boolean;
}

/** A forwarding database with a bound. */
export interface FdbFill {
  readonly place: Place;
  readonly bridge: string;
  readonly entries: number;
  /** 0 = no bound. */
  readonly size: number;
  readonly evicted: number;
}

export interface PortVlan {
  readonly place: Place;
  readonly port: string;
  readonly vlan: number;
}

export interface DeviceAddress {
  readonly place: Place;
  readonly device: string;
  readonly address: string;
  readonly prefix: number;
}

/** What is so at a place: a key in the words of whoever tells it, and its value. */
export interface Fact {
  readonly place: Place;
  readonly key: string;
  readonly value: string;
}

/** How the lab's network stands at one moment, as far as the path goes. */
export interface NetworkState {
  readonly devices: readonly DeviceView[];
  readonly neighbours: readonly Neighbour[];
  readonly fdb: readonly FdbEntry[];
  /** How full the forwarding databases are that have a size. */
  readonly fdbFill: readonly FdbFill[];
  /** VLANs of the ports of bridges that filter by them. */
  readonly vlans: readonly PortVlan[];
  /** "net.ipv4.ip_forward" -> "0". */
  readonly sysctls: readonly Fact[];
  /** "route" or "rule" -> its line: "default via 10.0.0.1 dev w1". */
  readonly routes: readonly Fact[];
  /** Rules of nft and iptables that can end a packet: "inet t input", or "ip filter" -> "tcp dport 9100 drop". */
  readonly firewall: readonly Fact[];
  readonly addresses: readonly DeviceAddress[];
}
