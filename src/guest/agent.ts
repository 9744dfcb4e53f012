// SPDX-License-Identifier: GPL-2.0-only
/** The orders that the agent takes, in a guest or on another machine, typed. */
import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import { deadlineMs } from '../system/deadline.ts';
import { AgentChannel, type AgentPeer, type OrderOptions } from './agent-channel.ts';
import {
  type AgentHello,
  type NicCounters,
  type NicFeatures,
  type OffloadName,
  type ProcessEnd,
  parseCounters,
  parseEnd,
  parseFeatures,
  parseHello,
} from './agent-replies.ts';

/** The agent's own deadline passes first, so that its reason arrives rather than our "no answer". */
const REPLY_SLACK_MS = 5000;

interface SpawnOrder {
  /** Unique among the processes that were not forgotten; no spaces or slashes. */
  readonly name: string;
  readonly argv: readonly string[];
  /** Default: not pinned. */
  readonly cpu?: number;
  /** SCHED_FIFO priority; default 0 = ordinary scheduling. */
  readonly fifo?: number;
  readonly nice?: number;
}

interface NicUpOrder {
  readonly mac: string;
  /** "10.1.0.2/24"; null = set up without an address. */
  readonly address: string | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** The agent is told of no longer wait: see native/agent/words.c. */
const MAX_WAIT_MS = 3_600_000;

/** Every method throws AGENT_REFUSED with the agent's reason, or GUEST_GONE. Times are waited for in the guest. */
export interface Agent {
  hello(options: OrderOptions): Promise<AgentHello>;
  /** CLOCK_MONOTONIC of the guest. */
  clockNs(options: OrderOptions): Promise<bigint>;
  /** Waits until the NIC is there and has carrier, with the address on it; its name in the guest. */
  nicUp(order: NicUpOrder): Promise<string>;
  nicGone(mac: string, options: OrderOptions & { readonly timeoutMs: number }): Promise<void>;
  addAddress(nic: string, address: string, options: OrderOptions): Promise<void>;
  /** `to` is DEST/PREFIX or "default"; `via` null = directly on the NIC. */
  addRoute(nic: string, to: string, via: string | null, options: OrderOptions): Promise<void>;
  addNeighbour(nic: string, address: string, mac: string, options: OrderOptions): Promise<void>;
  /** Sends one datagram to the address, so that what is behind the NIC learns the guest's MAC. */
  announce(address: string, options: OrderOptions): Promise<void>;
  counters(options: OrderOptions): Promise<readonly NicCounters[]>;
  features(nic: string, options: OrderOptions): Promise<NicFeatures>;
  setFeature(nic: string, offload: OffloadName, on: boolean, options: OrderOptions): Promise<void>;
  /** Starts a process whose stdin is ours and whose output is kept in the guest's memory; its pid there. */
  spawn(order: SpawnOrder, options: OrderOptions): Promise<number>;
  writeStdin(name: string, content: string | Uint8Array, options: OrderOptions): Promise<void>;
  closeStdin(name: string, options: OrderOptions): Promise<void>;
  waitEnd(name: string, options: OrderOptions & { readonly timeoutMs: number }): Promise<ProcessEnd>;
  /** The first line of its stdout, without the newline. */
  waitLine(name: string, options: OrderOptions & { readonly timeoutMs: number }): Promise<string>;
  output(name: string, options: OrderOptions): Promise<Buffer>;
  errors(name: string, options: OrderOptions): Promise<string>;
  kill(name: string, signalName: NodeJS.Signals, options: OrderOptions): Promise<void>;
  /** Kills what still runs and frees its output. */
  forget(name: string, options: OrderOptions): Promise<void>;
  readFile(path: string, options: OrderOptions): Promise<Buffer>;
  writeFile(path: string, mode: number, content: string | Uint8Array, options: OrderOptions): Promise<void>;
  /** Dots in the key part its words; use slashes where a name holds a dot. */
  sysctl(key: string, value: string | number, options: OrderOptions): Promise<void>;
  /** Joins a shell to the guest's shell channel; refused unless the image has busybox. */
  shell(options: OrderOptions): Promise<void>;
  powerOff(options: OrderOptions): Promise<void>;
}

/** An agent at the other end of the stream, a guest's by default; orders may be sent before it has booted, and are then served. */
export function connectAgent(stream: Duplex, peer?: AgentPeer): Agent {
  const channel = new AgentChannel(stream, peer);
  const text = async (verb: string, words: readonly (string | number)[], options: OrderOptions) =>
    (await channel.order(verb, words, options)).toString('utf8');
  const act = async (verb: string, words: readonly (string | number)[], options: OrderOptions) => {
    await channel.order(verb, words, options);
  };
  const give = async (verb: string, words: readonly string[], content: string | Uint8Array, options: OrderOptions) => {
    await channel.order(verb, words, { ...options, payload: toBytes(content) });
  };
  const patient = (options: { readonly signal: AbortSignal; readonly timeoutMs: number }): OrderOptions => ({
    signal: options.signal,
    timeoutMs: options.timeoutMs + REPLY_SLACK_MS,
  });
  // The agent knows nothing of ours.
  const waitMs = (options: { readonly timeoutMs: number }) =>
    Math.min(MAX_WAIT_MS, Math.ceil(deadlineMs(options.timeoutMs)));
  return {
    hello: async (options) => parseHello(await text('hello', [], options)),
    clockNs: async (options) => BigInt(await text('clock', [], options)),
    nicUp: (order) => text('nic-up', [order.mac, order.address ?? '-', waitMs(order)], patient(order)),
    nicGone: (mac, options) => act('nic-gone', [mac, waitMs(options)], patient(options)),
    addAddress: (nic, address, options) => act('address', [nic, address], options),
    addRoute: (nic, to, via, options) => act('route', [nic, to, via ?? '-'], options),
    addNeighbour: (nic, address, mac, options) => act('neigh', [nic, address, mac], options),
    announce: (address, options) => act('announce', [address], options),
    counters: async (options) => parseCounters(await text('counters', [], options)),
    features: async (nic, options) => parseFeatures(await text('features', [nic], options)),
    setFeature: (nic, offload, on, options) => act('feature', [nic, offload, on ? 'on' : 'off'], options),
    spawn: async (order, options) => {
      const payload = Buffer.from(order.argv.map((word) => `${word}\0`).join(''));
      const words = [order.name, order.cpu ?? -1, order.fifo ?? 0, order.nice ?? 0];
      return Number((await channel.order('spawn', words, { ...options, payload })).toString('latin1'));
    },
    writeStdin: (name, content, options) => give('stdin', [name], content, options),
    closeStdin: (name, options) => act('stdin-close', [name], options),
    waitEnd: async (name, options) => parseEnd(await text('wait', [name, waitMs(options)], patient(options))),
    waitLine: (name, options) => text('wait-line', [name, waitMs(options)], patient(options)),
    output: (name, options) => channel.order('output', [name], options),
    errors: (name, options) => text('errors', [name], options),
    kill: (name, signalName, options) => act('kill', [name, constants.signals[signalName]], options),
    forget: (name, options) => act('forget', [name], options),
    readFile: (path, options) => channel.order('file', [path], options),
    writeFile: (path, mode, content, options) => give('write', [path, mode.toString(8)], content, options),
    sysctl: (key, value, options) => act('sysctl', [key, ...String(value).split(' ')], options),
    shell: (options) => act('shell', [], options),
    powerOff: (options) => act('poweroff', [], options),
  };
}

function toBytes(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : content;
}
