// SPDX-License-Identifier: GPL-2.0-only
/** What a lab file says, after parsing: no addresses, no commands, nothing looked up on the machine. */
import { z } from 'zod';
import { HOSTS } from './place.ts';
import { probeSpecSchema } from './probe-spec.ts';
import type { Shape } from './shape.ts';

const count = z.number().int().nonnegative();
const text = z.string();

export const ARCHES = ['x86_64', 'aarch64'] as const;
/** An architecture of a guest. */
export type Arch = (typeof ARCHES)[number];

export const ACCELS = ['auto', 'kvm', 'tcg'] as const;
/** auto = KVM where something booted under it, else TCG. */
export type AccelChoice = (typeof ACCELS)[number];

const kernelSchema = z.discriminatedUnion('kind', [
  /** Debian's cloud kernel, fetched into the cache by set-up. */
  z.object({ kind: z.literal('debian') }),
  /** The kernel and modules of the machine itself. */
  z.object({ kind: z.literal('host') }),
  z.object({ kind: z.literal('file'), image: text, modules: text.nullable() }),
]);
export type KernelChoice = Shape<typeof kernelSchema>;

const guestSchema = z.object({
  arch: z.enum(ARCHES),
  kernel: kernelSchema,
  cpus: count,
  memoryMiB: z.number(),
  accel: z.enum(ACCELS),
  /** The kind of VMM; absent = the first of the array. */
  vmm: text.exactOptional(),
});
export type GuestSpec = Shape<typeof guestSchema>;

/** A command of the user's own in one of the lab's hosts: argv, no shell. */
export const commandSchema = z.object({ on: z.enum(HOSTS), run: z.array(text) });
export type LabCommand = Shape<typeof commandSchema>;

/** What the names and addresses of a path are made of: its name, and its number in its lab. */
const numberedSchema = z.object({ path: text, index: count });
export type NumberedPath = Shape<typeof numberedSchema>;

/** One path: a backend under a name, with the options of its kind. */
const pathSchema = z.object({
  /** [a-z][a-z0-9-]*, at most 12 characters, unique in the lab. */
  name: text,
  /** The backend's kind. */
  backend: text,
  /** Parsed by the backend's own option schema alone: reading a run must not depend on the backends of this hoplab. */
  options: z.unknown(),
  /** Run once the path is attached; absent = none. */
  commands: z.array(commandSchema).exactOptional(),
  /** The path that the commands were written for, whose devices and addresses they name; absent = this one. */
  commandsFor: numberedSchema.exactOptional(),
  /** The kind of its wire; absent = the first of the array. */
  wire: text.exactOptional(),
  /** What the lab file tells that kind; absent = nothing. */
  wireOptions: z.record(z.string(), z.unknown()).exactOptional(),
  /** True: the user asked for it, so that a missing requirement is an error; false: it came with the default set. */
  named: z.boolean(),
});
export type PathSpec = Shape<typeof pathSchema>;

/** Draws are added until the intervals are narrow enough. */
const untilSchema = z.object({
  /** Of every interval, as a share of the reference's RTT. */
  halfWidth: z.number(),
  /** Per comparison, those of the first look included; even. */
  maxDraws: count,
  /** For the whole run; null = no limit. */
  maxTimeNs: z.number().nullable(),
});
export type UntilSpec = Shape<typeof untilSchema>;

const comparisonSchema = z.object({
  /** The path that every other one is compared with, and whose twin is the control; null = no comparisons. */
  reference: text.nullable(),
  /** Explicit pairs [candidate, reference]; empty = every guest path against the reference. */
  pairs: z.array(z.tuple([text, text])),
  /** Draws per comparison; even, so that slots are reversed in pairs. 0 = the overview alone. */
  draws: count,
  /** Fresh guests over which the draws are spread. */
  guests: count,
  /** Transactions per path and draw. */
  transactions: count,
  warmup: count,
  /** Differences up to this share of the reference's RTT are not claimed. */
  margin: z.number(),
  /** False: no twin of the reference. */
  twin: z.boolean(),
  /** Absent: the number of draws is fixed. */
  until: untilSchema.exactOptional(),
});
export type ComparisonSpec = Shape<typeof comparisonSchema>;

const schedulingSchema = z.object({
  /** fifo: SCHED_FIFO for vCPUs, the VMM, servers and clients, where it is granted. */
  policy: z.enum(['fifo', 'other']),
  /** Priority of vCPUs, servers and clients; the VMM's main loop gets one more. */
  priority: z.number(),
  /** CPU of the vCPU and of the clients of `host`; null = the last one of this machine. */
  guestCpu: z.number().nullable(),
  /** CPU of the VMM's main loop and the servers; null = the first one that is not guestCpu. */
  hostCpu: z.number().nullable(),
});
export type SchedulingSpec = Shape<typeof schedulingSchema>;

export const labSpecSchema = z.object({
  name: text,
  /** The machine that a host is on, with what its kind is told; absent = the first kind of the array. */
  machines: z
    .partialRecord(z.enum(HOSTS), z.object({ kind: text, options: z.record(text, z.unknown()).exactOptional() }))
    .exactOptional(),
  guest: guestSchema,
  paths: z.array(pathSchema),
  probes: z.array(probeSpecSchema),
  comparison: comparisonSchema,
  scheduling: schedulingSchema,
  /** Seed of every random order in the run. */
  seed: z.number(),
});
export type LabSpec = Shape<typeof labSpecSchema>;
