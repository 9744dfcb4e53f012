// SPDX-License-Identifier: GPL-2.0-only
/**
 * Partial checksums that lost their mark: a frame whose TCP or UDP field holds the pseudo-header's sum alone, where
 * nothing says any more that it is to be completed. Its receiver drops it. Pure.
 */

import { checksumOf, isMarked } from '../frame/checksum.ts';
import { type ParsedFrame, parseFrame } from '../frame/parse-frame.ts';
import type { CapturedFrame, HopCapture } from '../model/capture.ts';
import type { Evidence } from '../model/evidence.ts';
import { HOST1, HOST2, type Place } from '../model/place.ts';
import { repeatedPartial } from './compare-hops.ts';

/** Who wrote the unfinished checksum. */
type Origin = Place;

export interface Unfinished {
  readonly origin: Origin;
  /** The first hop, from the origin on, at which the mark is gone; frames by hop before it are healthy. */
  readonly lostAt: HopCapture;
  /** The last hop at which the mark was still there; null where no such hop could be watched. */
  readonly healthyAt: HopCapture | null;
  /** A line a hop: how many frames are complete, partial and marked, partial and not marked, wrong. */
  readonly lines: readonly string[];
  /** Frames with the very same unfinished checksum, though their ports and numbers differ. */
  readonly repeated: readonly string[];
}

/** One entry an origin whose frames arrive unfinished somewhere; captures in the order of the way of a request. */
export function unfinishedBy({ captures, plan }: Pick<Evidence, 'captures' | 'plan'>): Unfinished[] {
  const { wire, backendPlan } = plan;
  const macs: Readonly<Record<Origin, readonly string[]>> = {
    guest: backendPlan.nic === null ? [] : [backendPlan.nic.mac],
    host1: [wire.host1.mac],
    host2: (backendPlan.nic?.neighbours ?? [])
      .filter(({ address }) => address === wire.host2.address)
      .map(({ mac }) => mac),
  };
  return (['guest', HOST1, HOST2] as const).flatMap((origin) => {
    const found = followOrigin(origin, macs[origin], captures);
    return found === null ? [] : [found];
  });
}

interface Sums {
  readonly hop: HopCapture;
  readonly complete: number;
  readonly marked: number;
  readonly unmarked: number;
  readonly wrong: number;
  readonly frames: readonly { readonly frame: CapturedFrame; readonly parsed: ParsedFrame }[];
}

function followOrigin(origin: Origin, macs: readonly string[], captures: readonly HopCapture[]): Unfinished | null {
  const inOrder = fromOrigin(origin, captures);
  const sums = inOrder.map((hop) => sumUp(hop, macs)).filter(({ frames }) => frames.length > 0);
  const lost = sums.findIndex(({ unmarked }) => unmarked > 0);
  const first = sums[lost];
  if (first === undefined || (sums.at(-1)?.unmarked ?? 0) === 0) return null;
  const healthy = sums.slice(0, lost).findLast(({ marked }) => marked > 0);
  return {
    origin,
    lostAt: first.hop,
    healthyAt: healthy?.hop ?? null,
    lines: sums.map(lineOf),
    repeated: repeatedLines((sums.at(-1) ?? first).hop),
  };
}

/** The way of that origin's frames: captures stand in the way of a request, which may be the other way round. */
function fromOrigin(origin: Origin, captures: readonly HopCapture[]): readonly HopCapture[] {
  const at = (place: Origin) => captures.findIndex((capture) => capture.place === place);
  const [guest, host1] = [at('guest'), at(HOST1)];
  const guestFirst = guest >= 0 ? guest < captures.length - 1 - guest : host1 > 0;
  return guestFirst === (origin === 'guest') ? captures : captures.toReversed();
}

function sumUp(hop: HopCapture, macs: readonly string[]): Sums {
  const sums = { complete: 0, marked: 0, unmarked: 0, wrong: 0 };
  const frames: { frame: CapturedFrame; parsed: ParsedFrame }[] = [];
  for (const frame of hop.frames) {
    const parsed = parseFrame(frame.bytes, frame.length);
    if (parsed === null || !macs.includes(parsed.from) || isGroup(parsed.to)) continue;
    const state = checksumOf(frame, parsed);
    if (state === null || state === 'absent') continue;
    frames.push({ frame, parsed });
    if (state === 'partial') sums[isMarked(frame) === true ? 'marked' : 'unmarked'] += 1;
    else sums[state] += 1;
  }
  return { hop, frames, ...sums };
}

/** Broadcast and multicast go everywhere: they tell nothing about the way of the others. */
function isGroup(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}

function lineOf({ hop, complete, marked, unmarked, wrong }: Sums): string {
  const counts = [
    [complete, 'complete'],
    [marked, 'partial and marked'],
    [unmarked, 'PARTIAL AND NOT MARKED'],
    [wrong, 'wrong'],
  ] as const;
  const said = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `${hop.hop} (${hop.device}): checksums ${said.join(', ')}`;
}

const SHOWN = 3;

/** At the last hop that saw them: ports, numbers and contents differ, and the checksum does not. */
function repeatedLines(hop: HopCapture): string[] {
  return repeatedPartial([hop])
    .toSorted((a, b) => b.frames - a.frames)
    .slice(0, SHOWN)
    .map(({ frames, contents, text }) => `${frames} frames of ${contents} contents carry one checksum: ${text}`);
}
