// SPDX-License-Identifier: GPL-2.0-only
/** The machine as it was when a run was recorded: everything that can make two runs unlike. */
import { z } from 'zod';
import type { Shape } from './shape.ts';

const count = z.number().int().nonnegative();
const versions = z.record(z.string(), z.string().nullable());

const deviceSchema = z.object({
  /** host1, host2 or guest. */
  where: z.string(),
  device: z.string(),
  path: z.string(),
  mtu: z.number().nullable(),
  driver: z.string().nullable(),
  /** As ethtool -k names them: "tx-checksumming" -> true. */
  offloads: z.record(z.string(), z.boolean()),
});
export type DeviceState = Shape<typeof deviceSchema>;
/** Offload switches of one device. */
export type OffloadStates = DeviceState['offloads'];

const loadSchema = z.object({
  load1: z.number(),
  /** CPU time since boot taken by others, and all of it, in clock ticks. */
  stealTicks: z.number(),
  totalTicks: z.number(),
});
export type LoadState = Shape<typeof loadSchema>;

const threadSchema = z.object({
  /** As ps shows it: "CPU 0/KVM", "vhost-4711". */
  name: z.string(),
  /** "vcpu 0", "main", "worker", "vhost", or "kernel" for what is left as it is. */
  role: z.string(),
  /** As the kernel tells it: "fifo:11", "other". */
  scheduling: z.string(),
  /** The CPUs that it may run on: "0", "0-3". */
  cpus: z.string(),
});
/** A thread that serves a guest, as it was scheduled. */
export type GuestThread = Shape<typeof threadSchema>;

const guestSchema = z.object({
  /** What runs it. */
  vmm: z.object({
    /** Absent in older runs: that of the lab's spec. */
    kind: z.string().exactOptional(),
    version: z.string(),
    argv: z.array(z.string()),
  }),
  kernel: z.string(),
  commandLine: z.string(),
  accel: z.enum(['kvm', 'tcg']),
  /** Why not KVM; null when it is KVM. */
  accelReason: z.string().nullable(),
  cpus: count,
  memoryMiB: z.number(),
  clocksource: z.string().nullable(),
  bootMs: z.number(),
  /** All threads that serve it, read again once they were scheduled. Absent in older runs. */
  threads: z.array(threadSchema).exactOptional(),
  /** Features that its CPU lacks because the VMM does not start with them here; absent = none. */
  cpuWithout: z.array(z.string()).exactOptional(),
});
/** A guest as it was booted first, and its VMM. */
export type GuestEnvironment = Shape<typeof guestSchema>;

export const environmentSchema = z.object({
  hostname: z.string(),
  bootId: z.string(),
  kernel: z.object({ release: z.string(), version: z.string(), commandLine: z.string() }),
  os: z.string(),
  cpu: z.object({
    model: z.string(),
    online: z.array(count),
    isolated: z.array(count),
    governor: z.string().nullable(),
    smt: z.string().nullable(),
  }),
  clocksource: z.string().nullable(),
  /** What the machine itself runs on: "kvm", "none", ... from /sys/hypervisor, DMI, the CPU's flags or the device tree. */
  hypervisor: z.string().nullable(),
  memoryMiB: z.number(),
  /** This and the next two are absent in older runs. The vendor's modules by name with what they tell of "nested" and APICv. */
  kvm: z
    .object({
      modules: z.record(z.string(), z.record(z.string(), z.string())),
      haltPollNs: z.number().nullable(),
    })
    .exactOptional(),
  /** Transparent huge pages: "always", "madvise", "never". */
  hugePages: z.string().nullable().exactOptional(),
  /** CPU time that real-time tasks may take: "950000 of 1000000 us", "off" = all of it. */
  rtThrottling: z.string().nullable().exactOptional(),
  /** By how much every deadline was multiplied; absent = not at all. */
  deadlines: z.number().exactOptional(),
  /** Whether /dev/vhost-net opened; of older runs, whether it was there. */
  vhostNet: z.boolean(),
  /** Why not, behind "this machine": "has no /dev/vhost-net"; absent where it opened, and in older runs. */
  vhostWhy: z.string().exactOptional(),
  /** Kernel modules that matter here and their versions where they state one. */
  modules: versions,
  node: z.string(),
  tools: versions,
  /** By place; none before the first is booted. */
  guests: z.record(z.string(), guestSchema),
  devices: z.array(deviceSchema),
  before: loadSchema,
  after: loadSchema.nullable(),
});
export type Environment = Shape<typeof environmentSchema>;
