// SPDX-License-Identifier: GPL-2.0-only
/** What the JSON files of a run folder must look like to be read; fields that a later hoplab adds are passed over. */

import { z } from 'zod';
import { DIRECTIONS, type Direction, HOST1, HOST2 } from '../model/place.ts';
import type { PathPlan, Placement, PlannedBlock } from '../model/plan.ts';
import { type ProbeSpec, WAIT_MODES } from '../model/probe-spec.ts';
import type { Block, DrawKey, FailedCell, RunHeader, UnavailablePath, Warning } from '../model/result.ts';
import type { BlockCounts, Granted } from '../model/samples.ts';
import { PROTOCOLS } from '../probes/index.ts';
import { RUN_FORMAT, SAFE_NAME } from './layout.ts';

const count = z.number().int().nonnegative();
const fileName = z.string().regex(SAFE_NAME, 'not a name for a file');
const share = z.number().min(0).max(1);

export const probeSchema = z.object({
  name: z.string(),
  protocol: z.enum(PROTOCOLS),
  direction: z.enum(DIRECTIONS),
  requestBytes: count,
  responseBytes: count,
  paceNs: count.describe("Gap between the starts of the client's transactions; 0 = back to back."),
  wait: z.enum(WAIT_MODES),
  count,
  durationNs: count.nullable(),
  compare: z.boolean(),
}) satisfies z.ZodType<ProbeSpec>;

export const headerSchema = z.object({
  format: z.literal(RUN_FORMAT),
  id: fileName,
  label: z.string().nullable(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  state: z.enum(['running', 'finished', 'interrupted', 'failed']),
  tool: z.object({ name: z.literal('hoplab'), version: z.string() }),
  argv: z.array(z.string()),
  kind: z.string().exactOptional(),
  owner: z.object({ pid: count, startTicks: count, bootId: z.string() }).exactOptional(),
}) satisfies z.ZodType<RunHeader>;

const drawSchema = z.object({
  pair: z.tuple([z.string(), z.string()]),
  draw: count,
  guest: count,
  reversed: z.boolean(),
}) satisfies z.ZodType<DrawKey>;

const grantedSchema = z.object({
  scheduling: z.string(),
  cpu: z.number().int().nullable(),
  memoryLocked: z.boolean(),
  refused: z.array(z.string()),
}) satisfies z.ZodType<Granted>;

const countsSchema = z.object({
  skippedSlots: count,
  lateResponses: count,
  retransmits: count,
  voluntarySwitches: count,
  involuntarySwitches: count,
  cpuNs: z.number().nonnegative(),
  wallNs: z.number().nonnegative(),
}) satisfies z.ZodType<BlockCounts>;

const partSchema = z.enum(['overview', 'comparison']);

export const blockSchema = z.object({
  id: fileName,
  part: partSchema,
  probe: z.string(),
  paths: z.array(z.string()).min(1).max(256),
  draw: drawSchema.nullable(),
  seed: z.number(),
  startedAt: z.iso.datetime(),
  warmupPerPath: count,
  groupSize: z.number().int().positive(),
  client: grantedSchema,
  server: grantedSchema,
  counts: countsSchema,
  proofs: z.array(z.object({ path: z.string(), proven: z.boolean(), evidence: z.array(z.string()) })),
  steal: share,
  guestClock: z.object({ lowPpm: z.number(), highPpm: z.number() }).exactOptional(),
  trace: z.object({ pair: count, traced: z.boolean() }).exactOptional(),
}) satisfies z.ZodType<Block>;

export const failedSchema = z.object({
  part: partSchema,
  probe: z.string(),
  path: z.string(),
  draw: drawSchema.nullable(),
  code: z.string(),
  reason: z.string(),
  hint: z.string().nullable(),
}) satisfies z.ZodType<FailedCell>;

export const unavailableSchema = z.object({
  path: z.string(),
  backend: z.string(),
  reason: z.string(),
  hint: z.string(),
}) satisfies z.ZodType<UnavailablePath>;

export const warningSchema = z.object({ kind: z.string(), text: z.string() }) satisfies z.ZodType<Warning>;

/** What is read back of a plan: enough to say what was to be measured. Commands are kept for people, not for parsing. */
export interface RecordedPlan {
  readonly paths: readonly (Pick<PathPlan, 'name' | 'backend' | 'twinOf' | 'port'> & {
    readonly backendPlan: Pick<PathPlan['backendPlan'], 'notes' | 'hops' | 'legsAlike'> & {
      readonly nic: { readonly address: string } | null;
      /** Absent in runs of a hoplab that did not plan them. */
      readonly netdev?: Readonly<Record<string, unknown>> | null;
      readonly nicOptions?: Readonly<Record<string, unknown>>;
      /** What the client connects to, by direction; none where it is not reachable. */
      readonly reach: Readonly<Record<Direction, { readonly connect?: string }>>;
    };
  })[];
  readonly placement: Placement;
  readonly blocks: readonly Pick<PlannedBlock, 'id' | 'part' | 'probe' | 'paths' | 'draw' | 'guest' | 'trace'>[];
}

export const planSchema = z.object({
  paths: z.array(
    z.object({
      name: z.string(),
      backend: z.string(),
      twinOf: z.string().nullable(),
      port: count,
      backendPlan: z.object({
        notes: z.array(z.string()),
        nic: z.object({ address: z.string() }).nullable(),
        netdev: z.record(z.string(), z.unknown()).nullable().exactOptional(),
        nicOptions: z.record(z.string(), z.unknown()).exactOptional(),
        reach: z.record(z.enum(DIRECTIONS), z.object({ connect: z.string().exactOptional() })),
        legsAlike: z.array(z.enum(DIRECTIONS)).exactOptional(),
        hops: z.array(
          z.object({
            name: z.string(),
            where: z.enum(['guest', 'vmm', HOST1, HOST2]),
            device: z.string(),
            points: z.object({ toHost1: z.array(z.string()), toGuest: z.array(z.string()) }).exactOptional(),
            devices: z.array(z.string()).exactOptional(),
            service: z.string().exactOptional(),
          }),
        ),
      }),
    }),
  ),
  placement: z.object({ guestCpu: z.number(), hostCpu: z.number(), fifoPriority: z.number() }),
  blocks: z.array(
    z.object({
      id: z.string(),
      part: partSchema,
      probe: probeSchema,
      paths: z.array(z.string()),
      draw: drawSchema.nullable(),
      guest: count,
      trace: z.object({ pair: count, traced: z.boolean() }).exactOptional(),
    }),
  ),
}) satisfies z.ZodType<RecordedPlan>;
