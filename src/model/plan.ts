// SPDX-License-Identifier: GPL-2.0-only
/** Every name, address and command of a run, computed without touching the machine. */

import { z } from 'zod';
import type { Attachment, GuestNeeds } from './attachment.ts';
import type { DrawKey, Part, TraceKey } from './block.ts';
import type { OfferedCure } from './cure.ts';
import type { LabCommand, LabSpec } from './lab-spec.ts';
import type { Rung } from './ladder.ts';
import { type Direction, GUEST, HOSTS, type Host, type Place, type Where } from './place.ts';
import type { ProbeSpec } from './probe-spec.ts';
import type { UnavailablePath } from './result.ts';
import type { Shape } from './shape.ts';

/** One end of a wire: an interface in a host's network namespace. */
export interface WireEnd {
  readonly host: Host;
  readonly device: string;
  readonly mac: string;
  readonly address: string;
}

/** The link between host1 and host2 that one path has for itself. */
export interface Wire {
  /** Its kind: a word of src/wires. */
  readonly kind: string;
  readonly host1: WireEnd;
  readonly host2: WireEnd;
  readonly prefix: number;
  /** What the lab file tells its kind; absent = nothing. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** An act at a place, or on a machine as a whole, and what takes it back. */
export interface Step {
  readonly on: Where;
  readonly do: readonly string[];
  /** null: it goes with something that an earlier undo removes. */
  readonly undo: readonly string[] | null;
}

/** A long-running process of a path. */
export interface PlannedService {
  readonly name: string;
  readonly host: Host;
  readonly argv: readonly string[];
  /** The path of a socket that exists once the service is ready; null = ready when started. */
  readonly readySocket: string | null;
  /** What can only be done once it is ready: the commands that configure it. */
  readonly whenReady?: readonly Step[];
}

/** How the guest sees its NIC. */
export interface GuestNic {
  readonly mac: string;
  readonly address: string;
  readonly prefix: number;
  /** Next hop for everything outside the subnet that the path must reach: the destinations; empty = on-link. */
  readonly routes: readonly { readonly destination: string; readonly gateway: string }[];
  /** Static neighbours, so that no ARP is sent during a block. */
  readonly neighbours: readonly { readonly address: string; readonly mac: string }[];
}

/** Where a server listens and what a client connects to, for one direction. */
export type Reach =
  | {
      readonly kind: 'reachable';
      readonly server: Place;
      readonly client: Place;
      readonly listen: string;
      readonly connect: string;
      /** How it was made to work, where it is not plain: "port forwarding by slirp"; null otherwise. */
      readonly by: string | null;
    }
  | { readonly kind: 'unreachable'; readonly reason: string; readonly hint: string };

/** A device on a path whose counters must show the transactions. */
export interface ProofPoint {
  readonly host: Host;
  readonly device: string;
  /** Which counter of the device moves with the requests; the other one moves with the responses. */
  readonly requests: 'rx' | 'tx';
}

/** Points of the tracer by their names in native/hoptrace/record.h, in the order in which a packet passes them. */
const hopPointsSchema = z.object({ toHost1: z.array(z.string()), toGuest: z.array(z.string()) });
export type HopPoints = Shape<typeof hopPointsSchema>;

export const hopSchema = z.object({
  name: z.string(),
  where: z.enum([GUEST, 'vmm', ...HOSTS]),
  /** The device or process. */
  device: z.string(),
  /** Where a trace can see a packet at this hop; absent = nowhere. */
  points: hopPointsSchema.exactOptional(),
  /** Further devices that belong to it: the ends of the veth pairs between two bridges. */
  devices: z.array(z.string()).exactOptional(),
  /** The planned service whose threads move the packets, by its name; absent = none does. */
  service: z.string().exactOptional(),
});
export type Hop = Shape<typeof hopSchema>;

/** A NIC of a machine that a guest is to have. */
export interface NicOrder {
  /** As the user named it: an interface, or an address on the bus. */
  readonly nic: string;
  /** Of the device that the guest gets, as planned. */
  readonly address: string;
  /** Absent: the NIC as a whole. Else a virtual function of it, with this MAC. */
  readonly functionMac?: string;
  /** The NIC at the other end of its cable, where that is of this machine too: host1's end of the wire. */
  readonly end?: { readonly nic: string; readonly device: string };
}

/** What a backend plans for one path; pure data. */
export interface BackendPlan {
  readonly steps: readonly Step[];
  readonly services: readonly PlannedService[];
  /** What the guest's NIC stands on. */
  readonly attachment: Attachment;
  /** What that needs of the guest; absent = nothing. */
  readonly needs?: GuestNeeds;
  /** The path has a cable of its own: no wire is made for it. */
  readonly ownCable?: true;
  /** A NIC of the machine that it takes for the guest; absent = none. */
  readonly device?: NicOrder;
  /** More properties of the guest's virtio-net device. */
  readonly nicOptions: Readonly<Record<string, unknown>>;
  readonly nic: GuestNic | null;
  readonly reach: Readonly<Record<Direction, Reach>>;
  /** From the client's side to the server's, for guest-to-host1. */
  readonly hops: readonly Hop[];
  /** Directions in which the connections before and behind it have the same addresses and ports. */
  readonly legsAlike?: readonly Direction[];
  /** In the order of the way of a request; the core adds the guest's NIC. */
  readonly proof: Readonly<Record<Direction, readonly ProofPoint[]>>;
  /** Rungs of the protocol ladder that the path does not promise, with the reason; absent = it carries frames whole. */
  readonly notCarried?: Readonly<Record<Direction, Readonly<Partial<Record<Rung, string>>>>>;
  /** What the user should know: "vhost off: no /dev/vhost-net". */
  readonly notes: readonly string[];
  /** What the reader of the report must know too: a setting that the path does not work without, and its price. */
  readonly warnings?: readonly string[];
  /** What the backend itself can do about a fault, by the name of the rule that finds it; the cheapest first. */
  readonly cures?: Readonly<Record<string, readonly OfferedCure[]>>;
}

export interface PathPlan {
  readonly name: string;
  readonly backend: string;
  readonly index: number;
  /** The path that this one is the A/A control of; null for a path of its own. */
  readonly twinOf: string | null;
  readonly wire: Wire;
  readonly port: number;
  readonly backendPlan: BackendPlan;
  /** The user's own commands, run once the path is attached; absent = none. */
  readonly commands?: readonly LabCommand[];
}

export const placementSchema = z.object({
  /** CPU of the vCPU and of the clients on hosts. */
  guestCpu: z.number(),
  /** CPU of the VMM's main loop and of the servers. */
  hostCpu: z.number(),
  /** 0 = not asked for. */
  fifoPriority: z.number(),
});
export type Placement = Shape<typeof placementSchema>;

/** One block as it will be run: which NICs are plugged where, and what the prober does. */
export interface PlannedBlock {
  readonly id: string;
  readonly part: Part;
  readonly probe: ProbeSpec;
  /** Paths in rotation. */
  readonly paths: readonly string[];
  /** Guest paths by slot; empty for a block without the guest. */
  readonly slots: readonly string[];
  /** True: unplug and plug again before this block even if the same NICs are in. */
  readonly freshPlug: boolean;
  readonly draw: DrawKey | null;
  readonly guest: number;
  readonly count: number;
  readonly warmup: number;
  readonly groupSize: number;
  readonly seed: number;
  /** Only in a run that traces. */
  readonly trace?: TraceKey;
}

/** What planning knows of the machine, found before it. */
export interface MachineFacts {
  readonly cpus: readonly number[];
  readonly isolatedCpus: readonly number[];
  readonly vhostNet: boolean;
  /** Why not, behind "this machine": "does not open /dev/vhost-net: ENODEV"; absent where it is, or nobody tried. */
  readonly vhostWhy?: string;
  /** What would bring vhost-net to this machine, as it was tried there; absent where it is, or nobody tried. */
  readonly vhostCure?: string;
  /** Whether the kernel has Open vSwitch's datapath; absent = no. */
  readonly openvswitch?: boolean;
  readonly arch: string;
  /** The NICs on PCI; absent = nobody looked. */
  readonly nics?: readonly CardFacts[];
}

/** A NIC on PCI, as planning needs it. */
export interface CardFacts {
  readonly address: string;
  /** null: none, or that of devices that are a guest's. */
  readonly driver: string | null;
  readonly interfaces: readonly { readonly name: string; readonly mac: string }[];
  /** Where its first virtual function will be; null = it has none to give. */
  readonly firstFunction: string | null;
  /** Whether it can be reset, and so given to a running guest again and again. */
  readonly resets: boolean;
  /** Of a virtual function: the driver of its NIC. */
  readonly physicalDriver: string | null;
}

/** The machine of a host: a word of src/machines, and what its kind is told. */
export interface PlannedMachine {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export type PlannedMachines = Readonly<Record<Host, PlannedMachine>>;

/** Hosts are on one machine where both of theirs are told alike. */
export function areOneMachine({ host1, host2 }: PlannedMachines): boolean {
  return JSON.stringify(host1) === JSON.stringify(host2);
}

export interface Plan {
  readonly spec: LabSpec;
  readonly facts: MachineFacts;
  readonly machines: PlannedMachines;
  readonly paths: readonly PathPlan[];
  readonly hostSteps: readonly Step[];
  readonly placement: Placement;
  readonly slots: number;
  readonly guests: number;
  readonly blocks: readonly PlannedBlock[];
  readonly unavailable: readonly UnavailablePath[];
}

/** Whether a guest is on the path, in a plan or in what a run folder keeps of one. */
export function hasGuest({ backendPlan }: { readonly backendPlan: { readonly nic: unknown } }): boolean {
  return backendPlan.nic !== null;
}
