// SPDX-License-Identifier: GPL-2.0-only
/** The protocol ladder: which protocol passes a path, the simplest first. */
import type { Direction, Place } from './place.ts';

/** The rungs of the protocol ladder, the simplest first: the first that fails is the smallest case that fails. */
export const RUNGS = [
  'link',
  'arp',
  'icmp',
  'udp-small',
  'udp-large',
  'tcp-connect',
  'tcp-small',
  'tcp-bulk',
  'mtu',
  'vlan',
  'nd',
  'ipv6',
  'ipv6-udp',
  'ipv6-tcp',
  'broadcast',
  'multicast',
] as const;
export type Rung = (typeof RUNGS)[number];

export interface RungResult {
  readonly rung: Rung;
  /** not-applicable: the path does not promise it (no VLAN through a NAT); not-tried: a simpler one already failed. */
  readonly outcome: 'pass' | 'fail' | 'not-applicable' | 'not-tried';
  /** What was sent and what came back, or why it was not tried: "5 of 5 answered", "SYN unanswered for 1500 ms". */
  readonly detail: string;
  readonly sent: number;
  readonly answered: number;
  /** The kernel's word where a call failed: "ECONNREFUSED"; null otherwise. */
  readonly errno: string | null;
  readonly ms: number;
  /**
   * What rules read, by name; absent = nothing. arp and nd: mac (mac2, ... of a duplicate), neighbourMac (the kernel's own
   * entry), ownAddressAt. mtu: mtu, largest. vlan: vlan, tag (where it was lost). vlan, broadcast, multicast: bareFrame
   * ("passes", "lost"). udp-large, tcp-bulk: bytes, bytesOut, bytesBack. All: icmpError, icmpFrom, icmpMtu, refusedBy ("reset").
   */
  readonly data?: Readonly<Record<string, string | number>>;
}

/** What the answering side saw of a rung's requests. */
interface SeenRequests {
  /** Given to who answers: an application, or the kernel's own answer to ARP, ND and echo. */
  readonly requests: number;
  /** Heard on the device, before the stack there judged them: more than `requests` = the stack dropped them. */
  readonly frames: number;
}

/** One path climbed in one direction. */
export interface Ladder {
  readonly path: string;
  readonly direction: Direction;
  readonly rungs: readonly RungResult[];
}

/** A ladder with what its far side saw. */
export interface ClimbedLadder extends Ladder {
  /** The server's place: where `seen` was counted. */
  readonly far: Place;
  /** Rungs of which nothing was seen are left out. */
  readonly seen: Readonly<Partial<Record<Rung, SeenRequests>>>;
}
