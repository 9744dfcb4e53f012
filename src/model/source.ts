// SPDX-License-Identifier: GPL-2.0-only
/** Where evidence comes from, and whether it could be had. */
import { z } from 'zod';
import { PLACES } from './place.ts';
import type { Shape } from './shape.ts';

export const SOURCE_KINDS = [
  /** Frames at a hop. */
  'frames',
  /** Dropped frames by the kernel's own reason. */
  'drops',
  /** Frames that the reader of drops and losses found no room to count. */
  'uncounted',
  /** A tracepoint of XDP's losses. */
  'xdp',
  /** What a backend's own data path says of itself. */
  'data-path',
  'devices',
  'carrier',
  'offloads',
  'neighbours',
  'fdb',
  'vlans',
  'sysctls',
  'routes',
  'rules-of-routing',
  'firewall',
  'addresses',
  /** As an older hoplab named it, in its own words. */
  'other',
] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** Whether a source of evidence could be used. */
export const sourceSchema = z.object({
  kind: z.enum(SOURCE_KINDS),
  places: z.array(z.enum(PLACES)).describe('The places that it tells of; none: a hop inside the VMM.'),
  of: z
    .string()
    .nullable()
    .describe('Which of its kind: the hop, the tracepoint, the tool of a firewall, the backend; null: there is one.'),
  device: z.string().nullable().describe('The device that it is asked about; null where it is none, or all.'),
  used: z.boolean(),
  why: z.string().describe('Why it was not used, else empty.'),
});
export type EvidenceSource = Shape<typeof sourceSchema>;
/** One source of evidence. */
export type SourceId = Omit<EvidenceSource, 'used' | 'why'>;

/** Whether two sources are one, however it was used. */
export function isSameSource(a: SourceId, b: SourceId): boolean {
  return a.kind === b.kind && a.of === b.of && a.device === b.device && a.places.join() === b.places.join();
}
