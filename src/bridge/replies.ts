// SPDX-License-Identifier: GPL-2.0-only
/** What hoplab-bridge says: a line of JSON for each command. */
import { HoplabError } from '../model/errors.ts';

interface ReadyPort {
  readonly port: string;
  readonly driver: string;
  readonly mode: string;
  readonly takes_redirects: boolean;
  readonly mtu: number;
  readonly rx_queues: number;
  readonly tx_queues: number;
}

/** The ports, how each is attached, and what the user should know. */
export interface Ready {
  readonly ports: readonly ReadyPort[];
  readonly notes: readonly { readonly port: string; readonly text: string }[];
}

interface Counter {
  readonly packets: number;
  readonly bytes: number;
}

export interface PortStats {
  readonly port: string;
  readonly mode: string;
  readonly takes_redirects: boolean;
  readonly counters: Readonly<Record<string, Counter>>;
}

interface Loss {
  readonly port: string;
  readonly reason: string;
  readonly error: number;
  readonly frames: number;
}

export interface Stats {
  readonly ports: readonly PortStats[];
  readonly fdb: { readonly entries: number; readonly size: number; readonly learned: number; readonly evicted: number };
  readonly losses: readonly Loss[];
}

export interface FdbEntry {
  readonly mac: string;
  readonly vlan: number;
  readonly port: string;
  readonly static: boolean;
  readonly age_ms?: number;
  readonly moves?: number;
}

/** A line of the loader's. Throws BRIDGE_FAILED for an error of its, and for what is no answer. */
export function parseReply<T>(name: string, command: string, line: string): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw failed(name, command, `gave no answer (${line.slice(0, 200)})`, cause);
  }
  if (typeof value === 'object' && value !== null && 'error' in value) throw failed(name, command, String(value.error));
  // The loader is a part of hoplab, and its tests hold it to these shapes.
  return value as T;
}

function failed(name: string, command: string, said: string, cause?: unknown): HoplabError {
  return new HoplabError({
    code: 'BRIDGE_FAILED',
    message: `bridge ${name}: ${command}: ${said}`,
    hint: `hoplab bridge show ${name}`,
    cause,
  });
}

/** "refused JSON" to what was attempted: an error with the cure as the command line has it. */
export function refusal(what: string, line: string): HoplabError {
  const { port, message, cure } = JSON.parse(line.slice('refused '.length)) as Record<string, string | null>;
  return new HoplabError({
    code: 'BRIDGE_REFUSED',
    message: `${what}: ${port === null ? '' : `port ${port} `}${message}`,
    hint: inOurWords(cure ?? '', port ?? 'DEV'),
  });
}

/** The loader speaks of its plan's words; the user has typed options. */
export function inOurWords(text: string, port: string): string {
  return text
    .replaceAll('the option force', '--force')
    .replaceAll(/(?:the option )?peer-netns=PATH/g, `--peer-netns ${port}=NETNS`)
    .replaceAll(/\bmode=(auto|tc)\b/g, '--mode $1');
}
