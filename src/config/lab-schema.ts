// SPDX-License-Identifier: GPL-2.0-only
/** The schema of a lab file: parser, types, defaults, editor schema and documentation all come from this value. */

import { z } from 'zod';
import type { Backend } from '../backends/backend.ts';
import { ACCELS, ARCHES, type LabCommand } from '../model/lab-spec.ts';
import { HOSTS } from '../model/place.ts';
import { durationSchema, memorySchema, shareSchema } from '../schema/quantity-schema.ts';
import { DEFAULTS } from './defaults.ts';
import { type ChosenWire, chosenWireSchema, machinesSchema, vmmSchema, wireSchema } from './kind-schema.ts';
import { LAB_NAME, PATH_NAME } from './names.ts';
import { probeSchema } from './probe-schema.ts';

const MEMORY = { low: 128, high: 1 << 20, text: 'between 128MiB and 1024GiB' };
const MARGIN = { low: 0, high: 1, text: 'at most 100%' };
const HALF_WIDTH = { low: 1e-4, high: 1, text: 'between 0.01% and 100%' };
const MAX_TIME = { low: 1e9, high: 24 * 3600e9, text: 'between 1s and 1440min' };

const guestSchema = () =>
  z.strictObject({
    arch: z
      .enum(ARCHES)
      .default(process.arch === 'arm64' ? 'aarch64' : 'x86_64')
      .describe("The guest's architecture; that of this machine by default.")
      .meta({ examples: ['x86_64'] }),
    kernel: z
      .union([
        z.enum(['debian', 'host']),
        z.strictObject({
          file: z.string().min(1).describe('A kernel image; relative to the lab file.'),
          modules: z.string().min(1).optional().describe('Its folder of modules, as /lib/modules/RELEASE.'),
        }),
      ])
      .default('debian')
      .describe(
        "debian: Debian's cloud kernel, fetched by set-up; host: the kernel of this machine; or {file, modules}.",
      ),
    cpus: z.int().min(1).max(64).default(1).describe('Virtual CPUs.'),
    memory: memorySchema(MEMORY).prefault(DEFAULTS.memory).describe('Memory of the guest, with its unit.'),
    accel: z.enum(ACCELS).default('auto').describe('auto: KVM where something booted under it, else emulation (tcg).'),
    vmm: vmmSchema(),
  });

const compareKeys = z.strictObject({
  reference: z
    .string()
    .optional()
    .describe(
      `The path that every other one is compared with: ${DEFAULTS.reference} where there is one, else the first with a guest.`,
    )
    .meta({ examples: ['tap'] }),
  pairs: z
    .array(z.tuple([z.string(), z.string()]))
    .default([])
    .describe('Pairs [candidate, reference] instead of every path against the reference.'),
  draws: z
    .int()
    .min(0)
    .max(1000)
    .default(DEFAULTS.draws)
    .describe('Pluggings per comparison; even, because slots are reversed in pairs. 0: the overview alone.'),
  guests: z.int().min(1).max(100).default(DEFAULTS.guests).describe('Fresh guests over which the draws are spread.'),
  transactions: z
    .int()
    .min(100)
    .max(1_000_000)
    .default(DEFAULTS.transactions)
    .describe('Transactions per path and draw.'),
  warmup: z.int().min(0).max(100_000).default(DEFAULTS.warmup).describe('Transactions per path before each block.'),
  margin: shareSchema(MARGIN)
    .prefault(DEFAULTS.margin)
    .describe("Differences up to this share of the reference's latency are not claimed."),
  until: shareSchema(HALF_WIDTH)
    .optional()
    .describe(
      'Add draws to what is inconclusive until the half-width of every interval is at most this share; `draws` are then those ' +
        'before the first look.',
    )
    .meta({ examples: ['1%'] }),
  'max-draws': z
    .int()
    .min(4)
    .max(200)
    .optional()
    .describe(`With \`until\`: the most draws per comparison; even, ${DEFAULTS.maxDraws} by default.`)
    .meta({ examples: [DEFAULTS.maxDraws] }),
  'max-time': durationSchema(MAX_TIME)
    .optional()
    .describe('With `until`: no draws are added beyond this time of the run; no limit by default.')
    .meta({ examples: ['5min'] }),
  twin: z.boolean().default(true).describe('Whether the reference gets a second path of its kind as the A/A control.'),
});

/** A budget of draws that are not added would be silently without effect. */
const compareSchema = compareKeys.superRefine((compare, context) => {
  if (compare.until !== undefined) return;
  for (const key of ['max-draws', 'max-time'] as const) {
    if (compare[key] === undefined) continue;
    context.addIssue({ code: 'custom', path: [key], message: 'belongs to draws that are added: give `until: 1%` too' });
  }
});

const schedulingSchema = z.strictObject({
  policy: z
    .enum(['fifo', 'other'])
    .default('fifo')
    .describe('fifo: SCHED_FIFO for the guest, its VMM, servers and clients, where it is granted.'),
  priority: z
    .int()
    .min(1)
    .max(98)
    .default(DEFAULTS.fifoPriority)
    .describe("Real-time priority; the VMM's main loop gets one more."),
  'guest-cpu': z
    .int()
    .min(0)
    .max(4095)
    .optional()
    .describe('CPU of the guest and of the clients on hosts; the last one by default.')
    .meta({ examples: [1] }),
  'host-cpu': z
    .int()
    .min(0)
    .max(4095)
    .optional()
    .describe("CPU of the VMM's main loop and of the servers; the first other one by default.")
    .meta({ examples: [0] }),
});

/** What every path takes beside its backend's options. */
const commandsSchema = z
  .array(
    z.strictObject({
      on: z.enum(HOSTS).describe('The host.'),
      run: z.array(z.string().min(1)).min(1).describe('The command and its words; no shell reads them.'),
    }),
  )
  .default([])
  .describe('Commands of your own in host1 or host2, once the path is attached: [{on: host2, run: [ip, -br, link]}].');

/** What the schema makes of one path: the backend that was named or that the path is named after, and its options. */
interface PathFile {
  readonly backend: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly commands: readonly LabCommand[];
  readonly wire?: ChosenWire | undefined;
}

/** The schema over a given set of backends: adding a backend to the array adds its options here. */
export function labSchema(backends: readonly Backend[]) {
  return z.strictObject({
    name: z
      .string()
      .regex(LAB_NAME, { error: 'must be of a-z, 0-9 and -, at most 32 characters' })
      .optional()
      .describe("The lab's name in reports; the name of its file by default.")
      .meta({ examples: ['my-lab'] }),
    guest: guestSchema().nullish().describe('The virtual machine on every path but host.'),
    paths: pathsSchema(backends)
      .nullish()
      .describe(
        'Path name -> its backend and options. A path named after a backend needs no more: `tap: {}`. ' +
          'Without this key: every backend that works on this machine.',
      ),
    wire: wireSchema(),
    machines: machinesSchema().nullish().describe('What the hosts are on: {host1: {kind: KIND}, host2: {kind: KIND}}.'),
    probes: z.array(probeSchema).min(1).nullish().describe('What is sent, one probe after the other.'),
    compare: compareSchema.nullish().describe('Pairs of paths, compared over draws.'),
    scheduling: schedulingSchema.nullish().describe('Where and how the measured processes run.'),
    seed: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .default(DEFAULTS.seed)
      .describe('Seed of every random order in the run.'),
  });
}

export type LabFile = z.output<ReturnType<typeof labSchema>>;

export const sections = { guest: guestSchema(), compare: compareSchema, scheduling: schedulingSchema } as const;

function pathsSchema(backends: readonly Backend[]) {
  const shared = { wire: wireSchema(), commands: commandsSchema };
  const named = backends.map((backend) => {
    const schema = optionsOf(backend)
      .safeExtend({ backend: z.literal(backend.kind).optional(), ...shared })
      .nullable()
      .transform((value, context) => toPath(backend, value, context))
      .optional()
      .describe(backend.summary);
    return [backend.kind, schema] as const;
  });
  const others = backends.map((backend) =>
    optionsOf(backend)
      .safeExtend({ backend: z.literal(backend.kind).describe(backend.summary), ...shared })
      .transform((value, context) => toPath(backend, value, context)),
  );
  const [first, ...rest] = others;
  if (first === undefined) throw new Error('no backends');
  return z
    .object(Object.fromEntries(named))
    .catchall(z.discriminatedUnion('backend', [first, ...rest]))
    .meta({ propertyNames: { pattern: PATH_NAME.source } });
}

/** `tap:` with nothing behind it has null for a value, which no option's default has seen yet. */
function toPath(
  backend: Backend,
  value: Readonly<Record<string, unknown>> | null,
  context: z.core.$RefinementCtx,
): PathFile {
  const { backend: _, commands, wire, ...given } = value ?? {};
  if (value !== null)
    return {
      backend: backend.kind,
      options: given,
      commands: commandsSchema.parse(commands),
      wire: chosenWireSchema.optional().parse(wire),
    };
  const defaults = optionsOf(backend).safeParse({});
  for (const issue of defaults.error?.issues ?? []) {
    context.addIssue({ code: 'custom', message: issue.message, path: issue.path });
  }
  return { backend: backend.kind, options: defaults.data ?? {}, commands: [] };
}

/** The options as an object schema: only there can unknown keys be told from known ones. */
function optionsOf(backend: Backend): z.ZodObject {
  if (backend.options instanceof z.ZodObject) return backend.options.strict();
  throw new Error(`the options of backend ${backend.kind} are not an object schema`);
}
