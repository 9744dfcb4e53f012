// SPDX-License-Identifier: GPL-2.0-only
/**
 * Brackets of a guest's clock from what is joined already. Packets: what leaves the guest was seen there before the host
 * saw it, and the other way round. Kicks, which are tighter: the vCPU thread notifies the device while the guest's driver
 * is transmitting.
 */

import type { ClockAlignment } from '../../model/trace-clock.ts';
import { boundAt, type ClockBrackets, offsetAt } from '../clock/align-clocks.ts';
import { pointNumber } from '../records/points.ts';
import type { Sorted } from './by-transaction.ts';
import type { Transactions } from './number-transactions.ts';
import { leaves, type PacketSpans, REQUEST, RESPONSE, sideAt, spanAt } from './packet-spans.ts';
import type { StepKinds } from './step-kinds.ts';

/** The machine in the middle, which runs the VMM and whose clock is the reference. */
const HOST = 0;
const KICK = pointNumber('kick');

export interface BracketSource {
  readonly spans: PacketSpans;
  readonly transactions: Transactions;
  /** The machine of the client, by its number. */
  readonly client: number;
  /** The machine whose clock is asked about, by its number. */
  readonly machine: number;
}

/** Adds a pair for every transaction whose packets crossed once each; returns how many crossings it used. */
export function addPacketBrackets(brackets: ClockBrackets, source: BracketSource): number {
  return addCrossings(brackets, source, REQUEST) + addCrossings(brackets, source, RESPONSE);
}

function addCrossings(
  brackets: ClockBrackets,
  { spans, transactions, client, machine }: BracketSource,
  side: number,
): number {
  const { first, last, repeated } = spans;
  const out = leaves(machine, side, client);
  const [from, to] = out ? [machine, HOST] : [HOST, machine];
  const what = `${out ? 'guest before host' : 'host before guest'}, ${side === REQUEST ? 'request' : 'response'}`;
  let used = 0;
  for (let t = 0; t < transactions.length; t++) {
    const left = last[spanAt(spans, t, side, from)] ?? Number.NaN;
    const came = first[spanAt(spans, t, side, to)] ?? Number.NaN;
    if (repeated[t] === 1 || Number.isNaN(left) || Number.isNaN(came)) continue;
    used++;
    const number = transactions.number[t] ?? 0;
    if (out) brackets.add('upper', { guestNs: left, valueNs: came - left, what, number });
    else brackets.add('lower', { guestNs: came, valueNs: left - came, what, number });
  }
  return used;
}

/**
 * Adds the brackets of kicks: the guest's packet has one entry and one exit of the driver, and the host has one kick between
 * the other packet's passing and this one's. A device has a descriptor for each of its queues: only that which most
 * such kicks of a path are written to is the one of the queue that transmits.
 */
export function addKickBrackets(
  brackets: ClockBrackets,
  tasks: Sorted,
  kinds: StepKinds,
  { rough, ...source }: BracketSource & { readonly rough: ClockAlignment },
): number {
  const { transactions, client, machine, spans } = source;
  const side = machine === client ? REQUEST : RESPONSE;
  const kicks = kicksOf(tasks, kinds, source, side);
  const usual = usualDescriptors(kicks, transactions);
  const count = new Uint32Array(transactions.length);
  const isOurs = (k: number) => kicks.descriptor[k] === usual.get(transactions.path[kicks.transaction[k] ?? 0] ?? 0);
  for (const [k, t] of kicks.transaction.entries()) if (isOurs(k)) count[t] = (count[t] ?? 0) + 1;
  let used = 0;
  for (const [k, t] of kicks.transaction.entries()) {
    if (!isOurs(k) || count[t] !== 1 || spans.repeated[t] === 1) continue;
    const at = sideAt(t, side);
    const [enter, exit] = [spans.enter[at] ?? Number.NaN, spans.exit[at] ?? Number.NaN];
    if (Number.isNaN(enter) || Number.isNaN(exit)) continue;
    const number = transactions.number[t] ?? 0;
    const timeNs = kicks.timeNs[k] ?? 0;
    if (!isPossible(rough, enter, exit, timeNs)) continue;
    brackets.add('upper', { guestNs: enter, valueNs: timeNs - enter, what: 'guest driver_enter before kick', number });
    brackets.add('lower', { guestNs: exit, valueNs: timeNs - exit, what: 'kick before guest driver_exit', number });
    used++;
  }
  return used;
}

/**
 * Whether packets alone allow this kick to be within the driver's call. Where the device asked for no notification, the
 * only kick in sight is another packet's, and must not be believed.
 */
function isPossible(rough: ClockAlignment, enterNs: number, exitNs: number, kickNs: number): boolean {
  const least = offsetAt(rough, enterNs) - boundAt(rough, enterNs).belowNs;
  const most = offsetAt(rough, exitNs) + boundAt(rough, exitNs).aboveNs;
  return kickNs - enterNs >= least && kickNs - exitNs <= most;
}

/** Columns. */
interface Kicks {
  readonly transaction: number[];
  readonly timeNs: number[];
  readonly descriptor: number[];
}

function kicksOf(
  { store, first, index }: Sorted,
  kinds: StepKinds,
  { spans, transactions }: BracketSource,
  side: number,
): Kicks {
  const kicks: Kicks = { transaction: [], timeNs: [], descriptor: [] };
  for (let t = 0; t < transactions.length; t++) {
    const before =
      side === RESPONSE ? (spans.last[spanAt(spans, t, REQUEST, HOST)] ?? Number.NaN) : Number.NEGATIVE_INFINITY;
    const after = spans.first[spanAt(spans, t, side, HOST)] ?? Number.NaN;
    const end = first[t + 1] ?? 0;
    for (let k = first[t] ?? 0; k < end; k++) {
      const event = index[k] ?? 0;
      if (kinds.point[store.step(event)] !== KICK) continue;
      const timeNs = store.timeNs(event);
      if (!(timeNs > before && timeNs < after)) continue;
      kicks.transaction.push(t);
      kicks.timeNs.push(timeNs);
      kicks.descriptor.push(store.owner(event));
    }
  }
  return kicks;
}

/** Path -> the descriptor that most of its kicks are of. */
function usualDescriptors({ transaction, descriptor }: Kicks, { path }: Transactions): Map<number, number> {
  const counts = new Map<number, Map<number, number>>();
  for (const [k, t] of transaction.entries()) {
    const of = path[t] ?? 0;
    const ofPath = counts.get(of) ?? new Map<number, number>();
    if (ofPath.size === 0) counts.set(of, ofPath);
    const fd = descriptor[k] ?? 0;
    ofPath.set(fd, (ofPath.get(fd) ?? 0) + 1);
  }
  return new Map(
    [...counts].map(([of, descriptors]) => {
      const [most] = [...descriptors].sort(([, a], [, b]) => b - a);
      return [of, most?.[0] ?? 0];
    }),
  );
}
