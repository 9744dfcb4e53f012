// SPDX-License-Identifier: GPL-2.0-only
/** Carries orders to the guest's agent and its replies back; native/agent/orders.h describes the protocol. */
import type { Duplex } from 'node:stream';
import { type ErrorCode, HoplabError } from '../model/errors.ts';
import { withDeadline } from '../system/deadline.ts';

const DEFAULT_TIMEOUT_MS = 5000;
const MAX_HEADER_BYTES = 4096;

export interface OrderOptions {
  readonly signal: AbortSignal;
  /** How long the host waits for the reply; default 5 s. */
  readonly timeoutMs?: number;
}

/** Who is at the other end, as errors have it. */
export interface AgentPeer {
  /** "the guest" */
  readonly name: string;
  /** The code of "no answer comes any more". */
  readonly gone: ErrorCode;
  readonly hint: string;
  /** One order without an answer is the end: nothing more is asked, and nothing waits again. */
  readonly endsBySilence?: boolean;
}

const GUEST_PEER: AgentPeer = {
  name: 'the guest',
  gone: 'GUEST_GONE',
  hint: "the guest's console log is in the run folder",
};

interface Waiting {
  readonly verb: string;
  readonly resolve: (reply: Buffer) => void;
  readonly reject: (error: Error) => void;
}

interface Header {
  readonly id: string;
  readonly ok: boolean;
  readonly bytes: number;
}

/** One connection. Ends with the stream: then every order that waits is rejected with the peer's code for that. */
export class AgentChannel {
  readonly #stream: Duplex;
  readonly #peer: AgentPeer;
  readonly #waiting = new Map<string, Waiting>();
  #nextId = 1;
  #chunks: Buffer[] = [];
  #length = 0;
  #header: Header | null = null;
  #lost: HoplabError | null = null;

  constructor(stream: Duplex, peer: AgentPeer = GUEST_PEER) {
    this.#stream = stream;
    this.#peer = peer;
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    stream.on('error', (error) => this.#lose(error.message));
    stream.on('end', () => this.#lose('the connection ended'));
    stream.on('close', () => this.#lose('the connection is closed'));
  }

  /** The reply's bytes. Throws AGENT_REFUSED with the agent's words, GUEST_GONE or its like where no reply comes. */
  async order(
    verb: string,
    words: readonly (string | number)[],
    options: OrderOptions & { readonly payload?: Uint8Array },
  ): Promise<Buffer> {
    options.signal.throwIfAborted();
    if (this.#lost !== null) throw this.#lost;
    const id = String(this.#nextId++);
    const line = [id, verb, ...words.map(checkWord)];
    if (options.payload !== undefined) line.push(`+${options.payload.length}`);
    const reply = new Promise<Buffer>((resolve, reject) => {
      this.#waiting.set(id, { verb, resolve, reject });
    });
    this.#stream.write(`${line.join(' ')}\n`);
    if (options.payload !== undefined && options.payload.length > 0) this.#stream.write(options.payload);
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const expired = (ms: number) => {
      const silent = new HoplabError({
        code: this.#peer.gone,
        message: `order "${verb}" to ${this.#peer.name}: its agent did not answer within ${ms} ms`,
        hint: this.#peer.hint,
      });
      if (this.#peer.endsBySilence === true) this.#lost ??= silent;
      return silent;
    };
    try {
      return await withDeadline(reply, { signal: options.signal, timeoutMs, expired });
    } finally {
      this.#waiting.delete(id); // a reply that comes later finds nobody and is dropped
    }
  }

  #read(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    // A large reply comes in many chunks: join them only once all of it is there.
    while (this.#header === null || this.#length >= this.#header.bytes) {
      const bytes = this.#chunks.length === 1 ? (this.#chunks[0] ?? chunk) : Buffer.concat(this.#chunks);
      if (this.#header === null) {
        const end = bytes.indexOf(10);
        if (end < 0) {
          if (bytes.length > MAX_HEADER_BYTES) this.#lose('the agent sent no reply header');
          this.#keep(bytes);
          return;
        }
        this.#header = parseHeader(bytes.toString('latin1', 0, end));
        if (this.#header === null) {
          this.#lose(
            `the agent sent a malformed reply: ${JSON.stringify(bytes.toString('latin1', 0, Math.min(end, 80)))}`,
          );
          return;
        }
        this.#keep(bytes.subarray(end + 1));
      } else {
        const { id, ok, bytes: length } = this.#header;
        this.#header = null;
        this.#settle(id, ok, bytes.subarray(0, length));
        this.#keep(bytes.subarray(length));
      }
    }
  }

  #keep(bytes: Buffer): void {
    this.#chunks = [bytes];
    this.#length = bytes.length;
  }

  #settle(id: string, ok: boolean, reply: Buffer): void {
    const waiting = this.#waiting.get(id);
    if (ok) waiting?.resolve(reply);
    else
      waiting?.reject(
        new HoplabError({
          code: 'AGENT_REFUSED',
          message: `order "${waiting.verb}" to ${this.#peer.name}: ${reply.toString('utf8')}`,
        }),
      );
  }

  #lose(reason: string): void {
    if (this.#lost !== null) return;
    this.#lost = new HoplabError({
      code: this.#peer.gone,
      message: `${this.#peer.name}'s agent is out of reach: ${reason}`,
      hint: this.#peer.hint,
    });
    for (const waiting of this.#waiting.values()) waiting.reject(this.#lost);
    this.#waiting.clear();
    this.#chunks = [];
  }
}

function checkWord(word: string | number): string {
  const text = String(word);
  if (!/^[!-~]+$/.test(text)) throw new Error(`not a word for the agent: ${JSON.stringify(text)}`);
  return text;
}

function parseHeader(line: string): Header | null {
  const found = /^(\S+) (ok|error) (\d{1,10})$/.exec(line);
  const [, id, state, bytes] = found ?? [];
  return id === undefined ? null : { id, ok: state === 'ok', bytes: Number(bytes) };
}
