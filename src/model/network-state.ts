/** How the network of a lab stands: devices, tables, switches and rules, each with its place. */
import type { Place } from './diagnosis.ts';

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

/** How the lab's network stands at one moment, as far as the path goes. */
export interface NetworkState {
  readonly devices: readonly DeviceView[];
  readonly neighbours: readonly Neighbour[];
  readonly fdb: readonly FdbEntry[];
  /** How full the forwarding databases are that have a size. */
  readonly fdbFill: readonly FdbFill[];
  /** VLANs of the ports of bridges that filter by them. */
  readonly vlans: readonly PortVlan[];
  /** "host1 net.ipv4.ip_forward" -> "0". */
  readonly sysctls: Readonly<Record<string, string>>;
  /** "host1 default via 10.0.0.1 dev w1": lines of `ip route`, with their place. */
  readonly routes: readonly string[];
  /** "host1 ip filter INPUT: tcp dport 9100 drop": rules of nft and iptables that can end a packet, with their place. */
  readonly firewall: readonly string[];
  /** "host1 10.99.0.1 on w-tap": every address. */
  readonly addresses: readonly string[];
}
