// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which transaction a packet belongs to, by its number alone. TCP: transaction i of a connection sends its request at
 * the first number + i * requestBytes, its response likewise; the first number is the first that was seen of a message.
 * UDP: the number is the prober's. Where a path ends connections on its way (slirp, passt), the i-th transactions of
 * its connections are one.
 */
import { PROTOCOL } from '../records/record-layout.ts';

/** One direction of one connection (TCP), or of one path (UDP). */
export interface Channel {
  readonly connection: Connection;
  readonly response: boolean;
  readonly bytes: number;
  /** Number of the first message; TCP's are modulo 2^32. */
  base: number;
  /** Number of the last message, and how far that is from the base: with both, numbers may wrap any number of times. */
  last: number;
  lastOffset: number;
  /** Slot of message i, -1 = not seen; those before the base, and stray ones, in `stray`. */
  readonly slots: number[];
  readonly stray: Map<number, number>;
  lowest: number;
  highest: number;
  /** Time of the first event, per machine, ns. */
  readonly firstNs: number[];
}

export interface Connection {
  readonly path: number;
  readonly protocol: number;
  /** Both addresses and the server's port: connections with the same one follow each other on the same wire. */
  readonly leg: string;
  readonly request: Channel;
  readonly response: Channel;
}

export interface FlowOptions {
  /** How many machines have records. */
  readonly machines: number;
  /** Ports on which a path's server, or what stands for it, is reached. */
  readonly ports: ReadonlyMap<number, number>;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Paths that end the client's connection on the way and open a second one with the same addresses and ports. */
  readonly legsAlike?: ReadonlySet<number>;
}

/** Beyond this, a number is not of the probe. */
const MOST_TRANSACTIONS = 1 << 24;
/** What `slotOf` gives for a segment that does not begin a message, and for a number that cannot be of the probe. */
export const LATER_SEGMENT = -1;
export const NOT_OF_THE_PROBE = -2;

const NONE = -1;
/** Added to the protocol of a path's second connection, where addresses and ports do not tell it from the first. */
export const INNER = 0x100;
/** A number that is further than this many messages from the last of a channel is of another. */
const NEAR = 4096;
/** Numbers that may be missing before the list of slots is no list any more. */
const GAP = 4096;
const CACHE = 256;

export class FlowTable {
  readonly connections: Connection[] = [];
  /** Per slot: its channel, and the message's number in it. */
  readonly channels: Channel[] = [];
  readonly numbers: number[] = [];
  readonly #options: FlowOptions;
  /** Path + 1 by port. */
  readonly #paths = new Uint16Array(0x10000);
  readonly #byKey = new Map<string, Channel>();
  readonly #cached: (Channel | null)[] = new Array<Channel | null>(CACHE).fill(null);
  readonly #cachedKey = new Uint32Array(CACHE * 4);

  constructor(options: FlowOptions) {
    this.#options = options;
    for (const [port, path] of options.ports) this.#paths[port] = path + 1;
  }

  /** null = neither port is of the probe. */
  channelOf(
    protocol: number,
    source: number,
    destination: number,
    sourcePort: number,
    destinationPort: number,
  ): Channel | null {
    const ports = ((sourcePort << 16) | destinationPort) >>> 0;
    const slot = (Math.imul(ports, 0x9e3779b1) ^ Math.imul(source, 0x85ebca6b) ^ destination) >>> 24;
    const key = this.#cachedKey;
    const at = slot * 4;
    if (key[at] === ports && key[at + 1] === source && key[at + 2] === destination && key[at + 3] === protocol)
      return this.#cached[slot] ?? null;
    const channel = this.#find({ protocol, source, destination, sourcePort, destinationPort });
    key[at] = ports;
    key[at + 1] = source;
    key[at + 2] = destination;
    key[at + 3] = protocol;
    this.#cached[slot] = channel;
    return channel;
  }

  #find(key: PacketAddress): Channel | null {
    const { source, destination, sourcePort, destinationPort } = key;
    const protocol = key.protocol & 0xff;
    const isRequest = this.#paths[destinationPort] !== 0;
    const path = (this.#paths[isRequest ? destinationPort : sourcePort] ?? 0) - 1;
    if (path < 0 || (protocol !== PROTOCOL.tcp && protocol !== PROTOCOL.udp)) return null;
    const [client, server] = isRequest ? [source, destination] : [destination, source];
    const [clientPort, serverPort] = isRequest ? [sourcePort, destinationPort] : [destinationPort, sourcePort];
    const leg = `${client} ${server}:${serverPort}${key.protocol & INNER ? ' inner' : ''}`;
    const name = protocol === PROTOCOL.udp ? `udp ${path}` : `${clientPort} ${leg}`;
    const known = this.#byKey.get(`${name} ${isRequest}`);
    if (known !== undefined) return known;
    const connection = this.#open(path, protocol, leg);
    this.#byKey.set(`${name} true`, connection.request);
    this.#byKey.set(`${name} false`, connection.response);
    return isRequest ? connection.request : connection.response;
  }

  #open(path: number, protocol: number, leg: string): Connection {
    const { requestBytes, responseBytes, machines } = this.#options;
    // Connection and channels point at each other; nobody sees the connection before it has both.
    const connection = { path, protocol, leg } as { -readonly [K in keyof Connection]: Connection[K] };
    connection.request = createChannel(connection, false, { bytes: requestBytes, machines });
    connection.response = createChannel(connection, true, { bytes: responseBytes, machines });
    this.connections.push(connection);
    return connection;
  }

  /** Whether a packet of these ports is of a path whose two connections look the same. */
  isAlike(sourcePort: number, destinationPort: number): boolean {
    const path = (this.#paths[destinationPort] || this.#paths[sourcePort] || 0) - 1;
    return this.#options.legsAlike?.has(path) ?? false;
  }

  /** Of two channels that look the same, the one whose numbers are there now; null = neither's are. */
  nearer(channels: readonly (Channel | null)[], number: number): Channel | null {
    let [found, least]: [Channel | null, number] = [null, Number.POSITIVE_INFINITY];
    for (const channel of channels) {
      if (channel === null || channel.base < 0) continue;
      const away = Math.abs((number - channel.last) | 0) / channel.bytes;
      if (away <= NEAR && away < least) [found, least] = [channel, away];
    }
    return found;
  }

  /** The slot of the message that begins at `number`, LATER_SEGMENT or NOT_OF_THE_PROBE. */
  slotOf(channel: Channel, number: number): number {
    const index = channel.connection.protocol === PROTOCOL.udp ? number : messageOf(channel, number);
    if (index === LATER) return LATER_SEGMENT;
    const { slots, stray } = channel;
    const known = (index >= 0 && index < slots.length ? slots[index] : stray.get(index)) ?? NONE;
    if (known !== NONE) return known;
    if (index > MOST_TRANSACTIONS || index < -MOST_TRANSACTIONS) return NOT_OF_THE_PROBE;
    const slot = this.channels.push(channel) - 1;
    this.numbers.push(index);
    if (index >= 0 && index < slots.length) {
      slots[index] = slot;
    } else if (index >= 0 && index < slots.length + GAP) {
      // Paths that rotate share the numbers of UDP, and a record may come before those of an earlier packet.
      while (slots.length < index) slots.push(NONE);
      slots.push(slot);
    } else {
      stray.set(index, slot);
    }
    if (index < channel.lowest) channel.lowest = index;
    if (index > channel.highest) channel.highest = index;
    return slot;
  }
}

interface PacketAddress {
  readonly protocol: number;
  readonly source: number;
  readonly destination: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

function createChannel(
  connection: Connection,
  response: boolean,
  { bytes, machines }: { readonly bytes: number; readonly machines: number },
): Channel {
  return {
    ...{ connection, response, bytes, base: -1, last: 0, lastOffset: 0, slots: [], stray: new Map<number, number>() },
    ...{ lowest: Number.POSITIVE_INFINITY, highest: Number.NEGATIVE_INFINITY },
    firstNs: new Array<number>(machines).fill(Number.POSITIVE_INFINITY),
  };
}

const LATER = Number.NEGATIVE_INFINITY;

function messageOf(channel: Channel, number: number): number {
  if (channel.base < 0) {
    channel.base = number;
    channel.last = number;
  }
  const offset = channel.lastOffset + ((number - channel.last) | 0);
  const index = offset / channel.bytes;
  if (!Number.isInteger(index)) return LATER;
  channel.last = number;
  channel.lastOffset = offset;
  return index;
}
