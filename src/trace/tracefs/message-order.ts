// SPDX-License-Identifier: GPL-2.0-only
/** Which message of which transaction is under way, by the prober's own record of the order in which it sent them. */
import { HoplabError } from '../../model/errors.ts';
import { type DataLengths, dataLengths } from './data-packets.ts';
import type { LabView, Placed } from './lab-view.ts';
import type { WrittenPacket } from './record-writer.ts';

export const REQUEST = 1;
export const RESPONSE = 2;
export type Side = typeof REQUEST | typeof RESPONSE;

export class MessageOrder {
  readonly #view: LabView;
  readonly #lengths: readonly [DataLengths, DataLengths, DataLengths];
  readonly #numbers: Uint32Array;
  /** Path of the file descriptors of client and server: a proof that the order is right. */
  readonly #pathOf = new Map<string, number>();
  /** Steps of the message under way that come once, whatever is seen again. */
  readonly #had = new Set<string>();
  #transaction = -1;
  #isOver = false;
  #side: 0 | Side = 0;

  constructor(view: LabView) {
    this.#view = view;
    const request = dataLengths(view.protocol, view.requestBytes);
    this.#lengths = [request, request, dataLengths(view.protocol, view.responseBytes)];
    this.#numbers = numberByPath(view.sequence);
  }

  /** Behind the last response come other things of the same size: what the guest says of its samples, for one. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether no transaction has begun. */
  get isBefore(): boolean {
    return this.#transaction < 0;
  }

  /** 0 = no message has begun. */
  get side(): 0 | Side {
    return this.#side;
  }

  get transactions(): number {
    return this.#transaction + 1;
  }

  begin(side: Side): void {
    this.#side = side;
    this.#had.clear();
    if (side !== REQUEST) return;
    if (this.#transaction + 1 >= this.#view.sequence.length) this.#isOver = true;
    else this.#transaction++;
  }

  /** The side that begins on this host with what the VMM sends; 0 = none now. */
  nextFromGuest(): 0 | Side {
    const { clientInGuest, serverInGuest } = this.#view;
    if (clientInGuest) return this.#side === REQUEST ? 0 : REQUEST;
    return serverInGuest && this.#side === REQUEST ? RESPONSE : 0;
  }

  /** Whether a packet of so many bytes without its Ethernet header has payload of this side. */
  isPacket(side: 0 | Side, bytes: number): boolean {
    return side !== 0 && this.#lengths[side].isPacket(bytes);
  }

  /** The same of what a VMM reads or writes. */
  isMoved(side: 0 | Side, bytes: number, bySocketCall: boolean): boolean {
    return side !== 0 && this.#lengths[side].isMoved(bytes, bySocketCall);
  }

  /** Whether the message under way may be several packets. */
  get severalPackets(): boolean {
    return this.#lengths[this.#side].severalPackets;
  }

  /** True the first time in the message under way. */
  isFirst(step: string): boolean {
    if (this.#had.has(step)) return false;
    this.#had.add(step);
    return true;
  }

  payloadBytes(): number {
    return this.#side === RESPONSE ? this.#view.responseBytes : this.#view.requestBytes;
  }

  toHost1(): boolean {
    return (this.#side === REQUEST) === this.#view.requestToHost1;
  }

  packetAt({ netns, ifindex }: Placed, bytes: number): WrittenPacket {
    const { ports, sequence } = this.#view;
    const port = ports[sequence[this.#transaction] ?? 0] ?? 0;
    const number = this.#numbers[this.#transaction] ?? 0;
    return { port, response: this.#side === RESPONSE, number, bytes, netns, ifindex };
  }

  /** One socket is of one path: else the order of the transactions is not that of the prober, and TRACE_IMPOSSIBLE. */
  checkPath(socket: string): void {
    const path = this.#view.sequence[this.#transaction];
    if (path === undefined) return;
    if (!this.#view.keepsSockets) this.#pathOf.delete(socket);
    const known = this.#pathOf.get(socket);
    if (known === undefined) this.#pathOf.set(socket, path);
    else if (known !== path)
      throw this.#impossible(
        `the socket ${socket} is of path ${known} and of path ${path} at transaction ${this.#transaction}`,
      );
  }

  isKnown(socket: string): boolean {
    return this.#pathOf.has(socket);
  }

  /** Throws TRACE_IMPOSSIBLE where the tracepoints saw another number of transactions than the prober made. */
  checkEnd(): void {
    const sent = this.#view.sequence.length;
    if (this.transactions !== sent)
      throw this.#impossible(`its tracepoints show ${this.transactions} requests, and the prober sent ${sent}`);
  }

  #impossible(what: string): HoplabError {
    return new HoplabError({
      code: 'TRACE_IMPOSSIBLE',
      message: `tie the tracepoints' events of the ${this.#view.machine} to transactions: ${what}`,
      hint: 'hoplab trace --mechanism bpf reads the number in each packet',
    });
  }
}

/** Number of each transaction on its path. */
function numberByPath(sequence: ArrayLike<number>): Uint32Array {
  const next = new Map<number, number>();
  return Uint32Array.from(sequence, (path) => {
    const number = next.get(path) ?? 0;
    next.set(path, number + 1);
    return number;
  });
}
