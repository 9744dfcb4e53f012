// SPDX-License-Identifier: GPL-2.0-only
/** What a lab file says, after parsing: no addresses, no commands, nothing looked up on the machine. */
import { z } from 'zod';
import { HOSTS } from './place.ts';
import type { ProbeSpec } from './probe-spec.ts';
import type { Shape } from './shape.ts';

export const ARCHES = ['x86_64', 'aarch64'] as const;
type Arch = (typeof ARCHES)[number];

export const ACCELS = ['auto', 'kvm', 'tcg'] as const;
/** auto = KVM where something booted under it, else TCG. */
export type AccelChoice = (typeof ACCELS)[number];

export type KernelChoice =
  /** Debian's cloud kernel, fetched into the cache by set-up. */
  | { readonly kind: 'debian' }
  /** The kernel and modules of the machine itself. */
  | { readonly kind: 'host' }
  | { readonly kind: 'file'; readonly image: string; readonly modules: string | null };

export interface GuestSpec {
  readonly arch: Arch;
  readonly kernel: KernelChoice;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly accel: AccelChoice;
  /** The kind of VMM; absent = the first of the array, and no lab file names one. */
  readonly vmm?: string;
}

/** A command of the user's own in one of the lab's hosts: argv, no shell. */
export const commandSchema = z.object({ on: z.enum(HOSTS), run: z.array(z.string()) });
export type LabCommand = Shape<typeof commandSchema>;

/** What the names and addresses of a path are made of: its name, and its number in its lab. */
export interface NumberedPath {
  readonly path: string;
  readonly index: number;
}

/** One path: a backend under a name, with the options of its kind. */
export interface PathSpec {
  /** [a-z][a-z0-9-]*, at most 12 characters, unique in the lab. */
  readonly name: string;
  /** The backend's kind. */
  readonly backend: string;
  /** Parsed by the backend's own option schema. */
  readonly options: unknown;
  /** Run once the path is attached; absent = none. */
  readonly commands?: readonly LabCommand[];
  /** The path that the commands were written for, whose devices and addresses they name; absent = this one. */
  readonly commandsFor?: NumberedPath;
  /** True: the user asked for it, so that a missing requirement is an error; false: it came with the default set. */
  readonly named: boolean;
}

export interface ComparisonSpec {
  /** The path that every other one is compared with, and whose twin is the control; null = no comparisons. */
  readonly reference: string | null;
  /** Explicit pairs [candidate, reference]; empty = every guest path against the reference. */
  readonly pairs: readonly (readonly [string, string])[];
  /** Draws per comparison; even, so that slots are reversed in pairs. 0 = the overview alone. */
  readonly draws: number;
  /** Fresh guests over which the draws are spread. */
  readonly guests: number;
  /** Transactions per path and draw. */
  readonly transactions: number;
  readonly warmup: number;
  /** Differences up to this share of the reference's RTT are not claimed. */
  readonly margin: number;
  /** False: no twin of the reference. */
  readonly twin: boolean;
}

export interface SchedulingSpec {
  /** fifo: SCHED_FIFO for vCPUs, the VMM, servers and clients, where it is granted. */
  readonly policy: 'fifo' | 'other';
  /** Priority of vCPUs, servers and clients; the VMM's main loop gets one more. */
  readonly priority: number;
  /** CPU of the vCPU and of the clients of `host`; null = the last one of this machine. */
  readonly guestCpu: number | null;
  /** CPU of the VMM's main loop and the servers; null = the first one that is not guestCpu. */
  readonly hostCpu: number | null;
}

export interface LabSpec {
  readonly name: string;
  readonly guest: GuestSpec;
  readonly paths: readonly PathSpec[];
  readonly probes: readonly ProbeSpec[];
  readonly comparison: ComparisonSpec;
  readonly scheduling: SchedulingSpec;
  /** Seed of every random order in the run. */
  readonly seed: number;
}
