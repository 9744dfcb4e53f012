// SPDX-License-Identifier: GPL-2.0-only
/** What the lab knows of a traced block that the records themselves do not say. */
import { z } from 'zod';
import type { Shape } from './shape.ts';
import { tscScaleSchema, wallPairSchema } from './trace-clock.ts';
import { namespaceSchema, taskSchema } from './trace-file.ts';
import { MECHANISMS, passedOverSchema } from './trace-mechanism.ts';
import { TRACE_PROFILES } from './trace-profile.ts';
import { tracedMachineSchema } from './traced-machine.ts';

const count = z.number().int().nonnegative();
const text = z.string();

/** A guest's counter, or why it is not known. */
const tscSchema = z.union([tscScaleSchema, z.object({ without: text })]);

const machineSchema = z.object({
  machine: tracedMachineSchema,
  /** What was asked of the tracer, by name. */
  points: z.array(text),
  tasks: z.array(taskSchema),
  /** A name is a host of the lab, or guest. */
  namespaces: z.array(namespaceSchema),
  /** The interfaces of its namespaces; `place` is a host of the lab, or guest. */
  devices: z.array(z.object({ place: text, ifindex: count, name: text })),
  /** Why there are no records of this machine; null = there are. */
  without: text.nullable(),
  /** By what its times were taken; absent = bpf, or not at all. */
  mechanism: z.enum(MECHANISMS).exactOptional(),
  /** Better mechanisms that were not used, and why; absent = none was. */
  passedOver: z.array(passedOverSchema).exactOptional(),
  /** Of a further guest under KVM, as `tsc` below. */
  tsc: tscSchema.exactOptional(),
});
export type TracedMachineContext = Shape<typeof machineSchema>;

export const traceContextSchema = z.object({
  profile: z.enum(TRACE_PROFILES),
  /** How many of the slowest transactions of a path are kept whole; 0 = none was asked for. */
  slowest: count,
  machines: z.array(machineSchema),
  /** Under KVM: the counter of the first guest, or why it is not known; absent = there is no KVM guest. */
  tsc: tscSchema.exactOptional(),
  /** This machine's, behind the block; absent in older traces, and where times count from the block's start. */
  wall: wallPairSchema.exactOptional(),
});
export type TraceContext = Shape<typeof traceContextSchema>;
