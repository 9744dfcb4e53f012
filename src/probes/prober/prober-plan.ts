// SPDX-License-Identifier: GPL-2.0-only
/** What the prober is told on its stdin: typed plans of client and server, and the text made from them. */
import type { Protocol, WaitMode } from '../../model/probe-spec.ts';

/** Where a prober process runs, and how. */
export interface ProcessPlacement {
  /** The one CPU to pin to; null = none. */
  readonly cpu: number | null;
  /** SCHED_FIFO priority, 1 to 99; null = the class the process was started in. */
  readonly fifo: number | null;
  readonly lockMemory: boolean;
  /** Allow `wait: 'spin'` under SCHED_FIFO on a CPU that is not isolated. */
  readonly forceSpin: boolean;
}

export interface ClientPath {
  /** The samples' path index, 0 to 255. */
  readonly index: number;
  readonly address: string;
  readonly port: number;
  /** Source address; null = the kernel's choice. */
  readonly local: string | null;
  /** Interface the socket is bound to; null = by the routes. */
  readonly device: string | null;
}

export interface ClientPlan {
  readonly protocol: Protocol;
  readonly paths: readonly ClientPath[];
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Measured transactions per path; null = until `durationNs`. */
  readonly count: number | null;
  /** Limit for the measured part; null = none. One of count and durationNs is needed. */
  readonly durationNs: number | null;
  readonly warmup: number;
  /** Gap between the starts of the client's transactions; 0 = back to back. */
  readonly paceNs: number;
  readonly groupSize: number;
  /** Of the order of the paths in every round: an integer, or 64 bits as bigint. */
  readonly seed: number | bigint;
  /** Per transaction; null = the prober's own, 1 s for udp_rr and 5 s otherwise. */
  readonly timeoutNs: number | null;
  /** For all first connections together; null = the prober's own, 5 s. */
  readonly connectTimeoutNs: number | null;
  readonly wait: WaitMode;
  /** Paced: sleep until so long before the slot, then spin; 0 in guests, where spinning does not help; null = 200 us. */
  readonly spinNs: number | null;
  /** Paced: a start later than this is flagged; null = 100 us. */
  readonly lateNs: number | null;
  /** Take the kernel's stamps of what is received; 'sent': of what is sent too. */
  readonly stamps: boolean | 'sent';
  readonly placement: ProcessPlacement;
}

export interface ServerListener {
  /** Equal to the index of the client's path that goes there. */
  readonly index: number;
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
  readonly device: string | null;
}

export interface ServerPlan {
  readonly listeners: readonly ServerListener[];
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Residence times kept per listener; null = the prober's own, 131072. */
  readonly records: number | null;
  readonly wait: WaitMode;
  readonly placement: ProcessPlacement;
}

const LISTEN_WORDS: Readonly<Record<Protocol, string>> = { tcp_rr: 'tcp', udp_rr: 'udp', tcp_crr: 'crr' };

type Value = string | number | bigint | null;

/** The client's stdin, whole: the prober starts at its last line. */
export function clientPlanText(plan: ClientPlan): string {
  return planText([
    ['protocol', plan.protocol],
    ...plan.paths.map((path): Value[] => [
      'path',
      path.index,
      path.address,
      path.port,
      ...(path.local === null ? [] : ['local', path.local]),
      ...(path.device === null ? [] : ['dev', path.device]),
    ]),
    ['request', plan.requestBytes],
    ['response', plan.responseBytes],
    ['count', plan.count],
    ['duration_ns', plan.durationNs],
    ['warmup', plan.warmup],
    ['pace_ns', plan.paceNs],
    ['group', plan.groupSize],
    ['seed', plan.seed],
    ['timeout_ns', plan.timeoutNs],
    ['connect_timeout_ns', plan.connectTimeoutNs],
    ['wait', plan.wait],
    ['spin_ns', plan.spinNs],
    ['late_ns', plan.lateNs],
    ['stamps', plan.stamps === 'sent' ? 2 : plan.stamps ? 1 : 0],
    ...placementLines(plan.placement),
  ]);
}

/** The server's stdin up to its start; the stream stays open, and its end ends the server. */
export function serverPlanText(plan: ServerPlan): string {
  return planText([
    ...plan.listeners.map((listener): Value[] => [
      'listen',
      listener.index,
      LISTEN_WORDS[listener.protocol] ?? listener.protocol,
      listener.address,
      listener.port,
      ...(listener.device === null ? [] : ['dev', listener.device]),
    ]),
    ['request', plan.requestBytes],
    ['response', plan.responseBytes],
    ['records', plan.records],
    ['wait', plan.wait],
    ...placementLines(plan.placement),
  ]);
}

function placementLines(placement: ProcessPlacement): Value[][] {
  return [
    ['cpu', placement.cpu],
    ['fifo', placement.fifo],
    ['mlock', placement.lockMemory ? 1 : 0],
    ['force_spin', placement.forceSpin ? 1 : 0],
  ];
}

/** A line per key; a null value leaves its key out, which gives the prober's default. */
function planText(lines: readonly (readonly Value[])[]): string {
  const kept = lines.filter((line) => !line.includes(null));
  return `${kept.map((line) => line.map(word).join(' ')).join('\n')}\ngo\n`;
}

function word(value: Value): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new Error(`not an integer: ${value}`);
  const text = String(value);
  if (text === '' || /\s/.test(text)) throw new Error(`not one word: ${JSON.stringify(text)}`);
  return text;
}
