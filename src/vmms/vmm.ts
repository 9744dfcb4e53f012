// SPDX-License-Identifier: GPL-2.0-only
/** The interface of a VMM: a kind of program that boots a guest and gives it NICs. */
import type { Duplex } from 'node:stream';
import type { Rule } from '../diagnose/rule.ts';
import type { Accel, GuestArch } from '../guest/arch.ts';
import type { Attachment, GuestNeeds } from '../model/attachment.ts';
import type { Requirement } from '../model/requirement.ts';
import type { FirmwareHost } from './firmware-machine.ts';

/** What a guest is booted from, whatever boots it. */
export interface GuestPlan {
  /** Shown by ps: "hoplab-<name>". */
  readonly name: string;
  readonly arch: GuestArch;
  readonly accel: Accel;
  readonly kernel: string;
  readonly initrd: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Features that its CPU is to lack although it would have them; absent = none. */
  readonly cpuWithout?: readonly string[];
  /** Places for NICs that come and go. */
  readonly slots: number;
  /** What its paths need of its memory; absent = nothing. */
  readonly needs?: GuestNeeds;
  readonly extraKernelParameters?: readonly string[];
  /** Rate of the counter that the guest will see as its TSC; absent = the guest's kernel finds out. See tick-rate.ts. */
  readonly tscKhz?: number;
}

/** The NIC of a path, and what it stands on. */
export interface PathNic {
  readonly path: string;
  readonly slot: number;
  readonly mac: string;
  readonly attachment: Attachment;
  readonly needs: GuestNeeds;
  /** Properties of the guest's virtio-net device, such as {csum: false}. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A thread of a running VMM, by what it is for. */
export interface VmmThread {
  /** As seen from here. */
  readonly tid: number;
  /** As ps shows it. */
  readonly name: string;
  /**
   * main: the loop that does the work of the devices; worker: what carries no packet; vhost: the kernel's, which carries
   * packets; kernel: the kernel's own, which is left as it is.
   */
  readonly role:
    | { readonly kind: 'vcpu'; readonly index: number }
    | { readonly kind: 'main' }
    | { readonly kind: 'worker' }
    | { readonly kind: 'vhost' }
    | { readonly kind: 'kernel' };
}

export interface WaitOptions {
  readonly signal: AbortSignal;
  /** Default 5 s. */
  readonly timeoutMs?: number;
}

/** A VMM that runs and answers. */
export interface VmmConnection {
  version(signal: AbortSignal): Promise<string>;
  /** Asks it to end at once, without the guest's help. May be called when it is gone already. */
  quit(): void;
}

/** How NICs come and go while the guest runs. */
interface Plug<C> {
  /** Opens what the NIC of a path will stand on; it stays open whatever is plugged later. */
  open(connection: C, nic: Omit<PathNic, 'slot'>, signal: AbortSignal): Promise<void>;
  /** Puts a NIC into its slot. The guest finds it by its MAC: `Agent.nicUp` tells when it is usable. */
  insert(connection: C, nic: PathNic, signal: AbortSignal): Promise<void>;
  /** Takes out the NICs of these paths; they are gone when it returns. */
  remove(connection: C, paths: readonly string[], signal: AbortSignal): Promise<void>;
}

/** The channels that every guest has. A VMM may have more, for itself. */
export type GuestChannel = 'agent' | 'console' | 'shell';

export interface Vmm<C extends VmmConnection = VmmConnection> {
  /** The word in a lab's spec. */
  readonly kind: string;
  /** As messages and logs name it. */
  readonly name: string;
  /** For a guest of this architecture: data; the core probes it. */
  requires(arch: GuestArch): readonly Requirement[];
  /** The connected sockets that it inherits, fd 3 and up, in this order; the GuestChannels are among them. */
  readonly channels: readonly string[];
  /** Pure: the whole argv of a guest that has these NICs from its boot on. Throws LAB_FAILED for a NIC that it cannot give. */
  argv(plan: GuestPlan, nics: readonly PathNic[]): readonly string[];
  /** Pure: the guest that may boot in place of one that did not, by what the VMM said of it; null = it knows none. Absent = never. */
  mend?(plan: GuestPlan, said: string): GuestPlan | null;
  /** Pure: what it will be told of the NICs, as comments of a dry run; a heading first. */
  show(nics: readonly PathNic[]): readonly string[];
  /** Pure: what it is told of an attachment, as the plan of a run folder keeps it; null for `none`. */
  record(attachment: Attachment, needs: GuestNeeds): Readonly<Record<string, unknown>> | null;
  /** Of a recorded argv, what chooses the machine that the guest sees: guests are alike only where it is. */
  machineWords(argv: readonly string[]): readonly string[];
  /** What `record` gave, in words for people. It comes from a file, so that anything may be in it. */
  nicWords(recorded: Readonly<Record<string, unknown>>): readonly string[];
  /** Waits until it answers. Throws where it does not. */
  connect(channels: ReadonlyMap<string, Duplex>, options: WaitOptions): Promise<C>;
  /** All threads that serve the guest; `pid` is the VMM's process as seen from here. */
  threads(connection: C, pid: number, signal: AbortSignal): Promise<readonly VmmThread[]>;
  /** Faults of paths under this VMM alone, which a diagnosis asks about behind those of all; absent = none. */
  readonly rules?: readonly Rule[];
  /** Absent: it runs no machine that has a firmware and no operating system. */
  readonly firmware?: FirmwareHost;
  /** Absent: NICs come with a boot, so a draw is a boot. */
  readonly plug?: Plug<C>;
}
