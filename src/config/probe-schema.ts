// SPDX-License-Identifier: GPL-2.0-only
/** A probe of the lab file: its schema, and how it becomes a ProbeSpec. */

import { z } from 'zod';
import { DIRECTIONS, GUEST_TO_HOST1 } from '../model/place.ts';
import { type ProbeSpec, WAIT_MODES } from '../model/probe-spec.ts';
import { PROBES, probeOf, protocolWords } from '../probes/index.ts';
import type { Probe } from '../probes/probe.ts';
import { spellDuration } from '../schema/quantity.ts';
import { durationSchema } from '../schema/quantity-schema.ts';
import { countWithin, DEFAULTS } from './defaults.ts';
import { PROBE_NAME } from './names.ts';

const PACE = { low: 0, high: 60e9, text: 'at most 60s' };
const DURATION = { low: 1e6, high: 3600e9, text: 'between 1ms and 3600s' };

/** The keys that the kinds bring. */
const kindKeys: Readonly<Record<string, z.ZodType>> = Object.assign({}, ...PROBES.map(({ keys }) => keys.shape));

/** "tcp_rr and udp_rr: request and response". */
function whatItSends({ protocols, summary }: Probe): string {
  return `${protocols.map(({ word }) => word).join(' and ')}: ${summary}`;
}

const commonKeys = z.strictObject({
  name: z
    .string()
    .regex(PROBE_NAME, { error: 'must be of a-z, 0-9 and -, at most 48 characters' })
    .optional()
    .describe('What the report calls it; made from the rest when absent, as in "udp-rr-64x64-10ms".')
    .meta({ examples: ['small'] }),
  protocol: z
    .enum(protocolWords())
    .default('tcp_rr')
    .describe(`${PROBES.map(whatItSends).join('; ')}.`),
  direction: z.enum(DIRECTIONS).default(GUEST_TO_HOST1).describe('From the client to the server.'),
  pace: durationSchema(PACE)
    .prefault(0)
    .describe("Gap between the starts of the client's transactions, with its unit; 0 is back to back."),
  wait: z.enum(WAIT_MODES).default('block').describe('How both ends wait for a message.'),
  count: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe(
      `Transactions per path in the overview: ${DEFAULTS.pacedCount} when paced; back to back ${DEFAULTS.count}, or as ` +
        `many as fit into ${spellDuration(DEFAULTS.overviewNs)} a block; with a duration, as many as fit.`,
    )
    .meta({ examples: [DEFAULTS.count] }),
  duration: durationSchema(DURATION)
    .optional()
    .describe('Upper limit in time for one block of the overview.')
    .meta({ examples: ['5s'] }),
  compare: z
    .boolean()
    .optional()
    .describe('Whether comparisons are drawn under this probe: true back to back, false when paced (it takes minutes).')
    .meta({ examples: [true] }),
});

/** Those of the kinds stand behind the direction. */
const { name, protocol, direction, ...others } = commonKeys.shape;
export const probeSchema = z
  .strictObject({ name, protocol, direction, ...kindKeys, ...others })
  .superRefine(refuseForeignKeys);

/** What the keys of all kinds come to; those of the kinds are read by their kind. */
type ProbeFile = z.output<typeof commonKeys> & Readonly<Record<string, unknown>>;

/** A key of another kind would be read and then forgotten; one that has its default was not written. */
function refuseForeignKeys(file: ProbeFile, context: z.RefinementCtx): void {
  const { keys: own } = probeOf(file.protocol);
  for (const [key, schema] of Object.entries(kindKeys)) {
    if (key in own.shape || file[key] === schema.safeParse(undefined).data) continue;
    const whose = PROBES.filter(({ keys }) => key in keys.shape).flatMap(({ protocols }) => protocols);
    const message = `is a key of ${whose.map(({ word }) => word).join(', ')}; ${file.protocol} has none of it`;
    context.addIssue({ code: 'custom', path: [key], message });
  }
}

/** The counts that apply to probes without one of their own. */
export interface ProbeCounts {
  readonly count: number;
  readonly pacedCount: number;
}

export function toProbeSpec(file: ProbeFile, counts: ProbeCounts = DEFAULTS): ProbeSpec {
  const { sent, word } = probeOf(file.protocol).keys.sends(file);
  const { own, ...messages } = sent;
  const paced = file.pace > 0;
  const usual = paced ? counts.pacedCount : counts.count;
  return {
    name: file.name ?? probeName(file, word),
    protocol: file.protocol,
    direction: file.direction,
    ...messages,
    paceNs: file.pace,
    wait: file.wait,
    count: file.count ?? (file.duration === undefined ? usual : countWithin(file.duration)),
    durationNs: file.duration ?? (paced || file.count !== undefined ? null : DEFAULTS.overviewNs),
    compare: file.compare ?? !paced,
    ...(own === undefined ? {} : { own }),
  };
}

/** "tcp-rr", "udp-rr-64x1024-10ms-host1-to-guest": what differs from the plainest probe. */
function probeName(file: ProbeFile, word: string | null): string {
  const parts = [file.protocol.replaceAll('_', '-')];
  if (word !== null) parts.push(word);
  if (file.pace > 0) parts.push(spellDuration(file.pace));
  if (file.direction !== GUEST_TO_HOST1) parts.push(file.direction);
  if (file.wait !== 'block') parts.push(file.wait);
  return parts.join('-');
}
