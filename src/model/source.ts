// SPDX-License-Identifier: GPL-2.0-only
/** Where evidence comes from, and whether it could be had. */
import type { Place } from './place.ts';

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

/** One source of evidence. */
export interface SourceId {
  readonly kind: SourceKind;
  /** The places that it tells of; none: a hop inside the VMM. */
  readonly places: readonly Place[];
  /** Which of its kind: the hop, the tracepoint, the tool of a firewall, the backend; null where the kind says it all. */
  readonly of: string | null;
  /** The device that it is asked about; null where it is none, or all. */
  readonly device: string | null;
}

/** Whether two sources are one, however it was used. */
export function isSameSource(a: SourceId, b: SourceId): boolean {
  return a.kind === b.kind && a.of === b.of && a.device === b.device && a.places.join() === b.places.join();
}

/** Whether a source of evidence could be used. */
export interface EvidenceSource extends SourceId {
  readonly used: boolean;
  /** Why not; "" where it was used. */
  readonly why: string;
}
