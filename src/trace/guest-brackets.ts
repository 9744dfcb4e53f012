/**
 * Brackets of the guest's clock from what is joined already. Packets: what leaves the guest was seen there before the host
 * saw it, and the other way round. Kicks, which are tighter: the vCPU thread notifies the device while the guest's driver
 * is transmitting.
 */
import type { TracedMachine } from '../model/trace.ts';
import type { ClockBrackets } from './align-clocks.ts';
import type { Sorted } from './by-transaction.ts';
import type { Transactions } from './number-transactions.ts';
import { type PacketSpans, spanAt } from './packet-spans.ts';
import { pointNumber } from './points.ts';
import type { StepKinds } from './step-kinds.ts';

const [HOST, GUEST] = [0, 1];
const KICK = pointNumber('kick');

const REQUEST = 1;
const RESPONSE = 2;

export interface BracketSource {
  readonly spans: PacketSpans;
  readonly transactions: Transactions;
  readonly client: TracedMachine;
}

/** Adds a pair for every transaction whose packets crossed once each; returns how many crossings it used. */
export function addPacketBrackets(brackets: ClockBrackets, { spans, transactions, client }: BracketSource): number {
  const { first, last, repeated } = spans;
  let used = 0;
  for (let t = 0; t < transactions.length; t++) {
    if (repeated[t] === 1) continue;
    const number = transactions.number[t] ?? 0;
    for (const [side, name] of [
      [REQUEST, 'request'],
      [RESPONSE, 'response'],
    ] as const) {
      const out = (side === REQUEST) === (client === 'guest');
      const [from, to] = out ? [GUEST, HOST] : [HOST, GUEST];
      const left = last[spanAt(t, side, from)] ?? Number.NaN;
      const came = first[spanAt(t, side, to)] ?? Number.NaN;
      if (Number.isNaN(left) || Number.isNaN(came)) continue;
      used++;
      if (out)
        brackets.add('upper', { guestNs: left, valueNs: came - left, what: `guest before host, ${name}`, number });
      else brackets.add('lower', { guestNs: came, valueNs: left - came, what: `host before guest, ${name}`, number });
    }
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
  source: BracketSource,
): number {
  const { transactions, client, spans } = source;
  const side = client === 'guest' ? REQUEST : RESPONSE;
  const kicks = kicksOf(tasks, kinds, source, side);
  const usual = usualDescriptors(kicks, transactions);
  let used = 0;
  for (const [t, found] of kicks) {
    const ours = found.filter(({ descriptor }) => descriptor === usual.get(transactions.path[t] ?? 0));
    const [kick] = ours;
    if (kick === undefined || ours.length > 1 || spans.repeated[t] === 1) continue;
    const at = spanAt(t, side, GUEST);
    const [enter, exit] = [spans.enter[at] ?? Number.NaN, spans.exit[at] ?? Number.NaN];
    if (Number.isNaN(enter) || Number.isNaN(exit)) continue;
    const number = transactions.number[t] ?? 0;
    const { timeNs } = kick;
    brackets.add('upper', { guestNs: enter, valueNs: timeNs - enter, what: 'guest driver_enter before kick', number });
    brackets.add('lower', { guestNs: exit, valueNs: timeNs - exit, what: 'kick before guest driver_exit', number });
    used++;
  }
  return used;
}

interface Kick {
  readonly timeNs: number;
  readonly descriptor: number;
}

function kicksOf(
  { store, first, index }: Sorted,
  kinds: StepKinds,
  { spans, transactions }: BracketSource,
  side: number,
): Map<number, Kick[]> {
  const kicks = new Map<number, Kick[]>();
  for (let t = 0; t < transactions.length; t++) {
    const before = side === RESPONSE ? (spans.last[spanAt(t, REQUEST, HOST)] ?? Number.NaN) : Number.NEGATIVE_INFINITY;
    const after = spans.first[spanAt(t, side, HOST)] ?? Number.NaN;
    for (let k = first[t] ?? 0; k < (first[t + 1] ?? 0); k++) {
      const event = index[k] ?? 0;
      const timeNs = store.timeNs(event);
      if (kinds.point[store.step(event)] !== KICK || !(timeNs > before && timeNs < after)) continue;
      const kick = { timeNs, descriptor: store.owner(event) };
      const known = kicks.get(t);
      if (known === undefined) kicks.set(t, [kick]);
      else known.push(kick);
    }
  }
  return kicks;
}

/** Path -> the descriptor that most of its kicks are of. */
function usualDescriptors(kicks: ReadonlyMap<number, readonly Kick[]>, { path }: Transactions): Map<number, number> {
  const counts = new Map<number, Map<number, number>>();
  for (const [t, found] of kicks)
    for (const { descriptor } of found) {
      const ofPath = counts.get(path[t] ?? 0) ?? new Map<number, number>();
      counts.set(path[t] ?? 0, ofPath);
      ofPath.set(descriptor, (ofPath.get(descriptor) ?? 0) + 1);
    }
  return new Map(
    [...counts].map(([ofPath, descriptors]) => {
      const [most] = [...descriptors].sort(([, a], [, b]) => b - a);
      return [ofPath, most?.[0] ?? 0];
    }),
  );
}
