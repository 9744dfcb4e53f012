// SPDX-License-Identifier: GPL-2.0-only
/** What a path's backend gives the guest's NIC to stand on, and what it needs of the guest: no word of any VMM. */
import type { Host } from './place.ts';

/** A character device that belongs to an interface, and the descriptor on which the VMM finds it open. */
export interface OpenDevice {
  readonly fd: number;
  readonly host: Host;
  readonly device: string;
  /** The node that hoplab makes for it inside the lab. */
  readonly node: string;
}

/** A port of host2 that a NAT passes on to the guest. */
interface PortForward {
  readonly protocol: 'tcp' | 'udp';
  /** An address of host2. */
  readonly address: string;
  readonly port: number;
  /** The guest's address; the port is the same there. */
  readonly guest: string;
}

export type Attachment =
  /** The path has no guest. */
  | { readonly kind: 'none' }
  /** A tap device of host2, opened by its name. */
  | { readonly kind: 'tap'; readonly device: string; readonly vhost: boolean }
  /** A device that is open already, and behaves as a tap. */
  | { readonly kind: 'descriptor'; readonly open: OpenDevice; readonly vhost: boolean }
  /** A unix socket that listens; frames go over it, each behind its length. */
  | { readonly kind: 'stream'; readonly socket: string }
  /** A unix socket that listens; the process behind it serves the rings of the NIC in the guest's memory. */
  | { readonly kind: 'vhost-user'; readonly socket: string }
  /** A PCI device of this machine, given to the guest: "0000:03:10.0". */
  | { readonly kind: 'device'; readonly address: string }
  /** NAT in the VMM itself, by slirp: a subnet of its own, whose gateway leads to host2. */
  | {
      readonly kind: 'nat';
      readonly subnet: string;
      readonly gateway: string;
      readonly forwards: readonly PortForward[];
    };

/** What an attachment needs of the guest, beside its NIC; what is absent is not needed. */
export interface GuestNeeds {
  /** The guest's memory can be mapped by another process. */
  readonly sharedMemory?: true;
  /** The guest's memory stays where it is: a device reads and writes it. */
  readonly lockedMemory?: true;
  /** Its NIC comes with a boot: a running guest gets it once, and not again. A draw is then a boot, for all its NICs. */
  readonly atBoot?: true;
  /** Modules of the guest's kernel for its NIC, beside those of virtio. */
  readonly modules?: readonly string[];
  /** Pairs of queues of the NIC; default 1. */
  readonly queues?: number;
  /** Interrupt vectors of the NIC; default: what its queues take. */
  readonly vectors?: number;
}

/** The modules of all these paths. */
export function modulesOf(paths: readonly GuestNeeds[]): readonly string[] {
  return [...new Set(paths.flatMap(({ modules = [] }) => modules))];
}

/** What a guest needs that has all these paths; queues and vectors are a NIC's own. */
export function memoryNeeds(paths: readonly GuestNeeds[]): GuestNeeds {
  return {
    ...(paths.some(({ sharedMemory }) => sharedMemory) ? { sharedMemory: true } : {}),
    ...(paths.some(({ lockedMemory }) => lockedMemory) ? { lockedMemory: true } : {}),
  };
}
