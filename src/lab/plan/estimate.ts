// SPDX-License-Identifier: GPL-2.0-only
/** How long blocks will take: by their counts, paces, pluggings and boots, and by the blocks before them. Pure. */
import { hasGuest, type Plan, type PlannedBlock } from '../../model/plan.ts';
import { protocolOf } from '../../probes/index.ts';
import { formatCounted } from '../../words/format.ts';
import { mostAdded } from './more-draws.ts';

/** What is assumed of the machine before anything was measured on it: a quiet one of some years ago. */
const ROUND_TRIP_NS = { host: 60_000, kvm: 60_000, emulated: 250_000 };
/** A transaction with a connection of its own has three round trips. */
const CONNECTION_ROUND_TRIPS = 3;
/** Servers, counters, clocks and files around every block. */
const BLOCK_MS = 350;
const PLUG_MS = 350;
const BOOT_MS = { kvm: 2500, emulated: 4500 };
/** Of each path, by its own commands. */
const ATTACH_MS = 400;

export interface Estimate {
  readonly ms: number;
  /** With all draws that may be added; the same where their number is fixed. */
  readonly mostMs: number;
  /** "40 blocks, 24 pluggings, 1 boot; 0.25 ms a round trip of an emulated guest". */
  readonly assumes: string;
}

export function estimatePlan(plan: Plan, { emulated }: { readonly emulated: boolean }): Estimate {
  const { blocks, paths } = plan;
  const nics = paths.filter(hasGuest).length;
  const boots = new Set(blocks.filter(({ slots }) => slots.length > 0).map(({ guest }) => guest)).size;
  const bootMs = boots * (emulated ? BOOT_MS.emulated : BOOT_MS.kvm) + nics * boots * PLUG_MS;
  const left = new TimeLeft({ emulated });
  const ms = paths.length * ATTACH_MS + bootMs + left.of(blocks);
  const limitMs = (plan.spec.comparison.until?.maxTimeNs ?? Number.POSITIVE_INFINITY) / 1e6;
  const trip = emulated ? ROUND_TRIP_NS.emulated : ROUND_TRIP_NS.kvm;
  return {
    ms,
    // A budget of time ends no block of the plan.
    mostMs: Math.max(ms, Math.min(limitMs, ms + left.of(mostAdded(plan)))),
    assumes: [
      `${formatCounted(blocks.length, 'block')}, ${formatCounted(boots, 'boot')} of a guest, ${formatCounted(blocks.filter(({ freshPlug }) => freshPlug).length, 'plugging')}`,
      `${trip / 1e6} ms a round trip of ${emulated ? 'an emulated guest' : 'a guest under KVM'} on an idle machine`,
    ].join('; '),
  };
}

/** What is left, by what blocks of the same kind took so far. */
export class TimeLeft {
  readonly #emulated: boolean;
  /** Of a transaction, by probe and by whether a guest is in it. */
  readonly #tripNs = new Map<string, number>();

  constructor({ emulated }: { readonly emulated: boolean }) {
    this.#emulated = emulated;
  }

  /** Takes how long a block took. Of a paced one nothing is to be learned, nor of one that its time ended. */
  learn(block: PlannedBlock, ms: number): void {
    if (block.probe.paceNs > 0 || (ms - BLOCK_MS) * 1e6 >= (block.probe.durationNs ?? Number.POSITIVE_INFINITY)) return;
    this.#tripNs.set(keyOf(block), Math.max(0, ((ms - BLOCK_MS) * 1e6) / transactionsOf(block)));
  }

  /** Of all these blocks together. */
  of(blocks: readonly PlannedBlock[]): number {
    return blocks.reduce((sum, block) => sum + this.#block(block), 0);
  }

  #block(block: PlannedBlock): number {
    const tripNs = this.#tripNs.get(keyOf(block)) ?? this.#assumed(block);
    const { paceNs, durationNs } = block.probe;
    const wholeNs = transactionsOf(block) * Math.max(paceNs, tripNs);
    const ns = Math.min(wholeNs, durationNs ?? Number.POSITIVE_INFINITY);
    return BLOCK_MS + (block.freshPlug ? PLUG_MS : 0) + ns / 1e6;
  }

  #assumed({ slots, probe }: PlannedBlock): number {
    const guest = this.#emulated ? ROUND_TRIP_NS.emulated : ROUND_TRIP_NS.kvm;
    const trips = protocolOf(probe.protocol).keepsSocket ? 1 : CONNECTION_ROUND_TRIPS;
    return trips * (slots.length === 0 ? ROUND_TRIP_NS.host : guest);
  }
}

/** Of all its paths: the pace is the gap between the starts of the client's transactions. */
function transactionsOf({ count, warmup, paths }: PlannedBlock): number {
  return (count + warmup) * paths.length;
}

function keyOf({ probe, slots }: PlannedBlock): string {
  return `${probe.name} ${slots.length > 0}`;
}
