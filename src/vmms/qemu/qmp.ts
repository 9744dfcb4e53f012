// SPDX-License-Identifier: GPL-2.0-only
/** Speaks QMP with a QEMU over a connected socket. Reference: QEMU's docs/interop/qmp-spec.rst. */
import type { Duplex } from 'node:stream';
import { HoplabError } from '../../model/errors.ts';
import { withDeadline } from '../../system/deadline.ts';
import type { VmmConnection, WaitOptions } from '../vmm.ts';

const DEFAULT_TIMEOUT_MS = 5000;
const QUIT_TIMEOUT_MS = 200;
/** Ending is not interrupted. */
const NEVER = new AbortController().signal;

export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An error answer: its class tells "not there" from the rest. */
export class QmpError extends HoplabError {
  readonly errorClass: string;

  constructor(command: string, errorClass: string, description: string) {
    super({
      code: 'QMP_FAILED',
      message: `QMP ${command}: ${errorClass}: ${description}`,
      hint: "the guest's argv and log are in the run folder",
    });
    this.errorClass = errorClass;
  }
}

interface Waiting {
  readonly command: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface EventWaiting {
  readonly matches: (event: QmpEvent) => boolean;
  readonly resolve: (event: QmpEvent) => void;
  readonly reject: (error: Error) => void;
}

/** One connection. Ends with the stream: then everything that waits is rejected. */
export class QmpClient implements VmmConnection {
  readonly #stream: Duplex;
  readonly #commands = new Map<number, Waiting>();
  readonly #events = new Set<EventWaiting>();
  readonly #greeting: Promise<void>;
  #greeted: () => void = () => undefined;
  #ungreeted: (error: Error) => void = () => undefined;
  #nextId = 1;
  #rest = '';
  #lost: HoplabError | null = null;

  /** Waits for the greeting and leaves the negotiation mode. */
  static async connect(stream: Duplex, options: WaitOptions): Promise<QmpClient> {
    const client = new QmpClient(stream);
    await client.#wait('greeting', client.#greeting, options);
    await client.execute('qmp_capabilities', {}, options);
    return client;
  }

  private constructor(stream: Duplex) {
    this.#stream = stream;
    this.#greeting = new Promise((resolve, reject) => {
      this.#greeted = resolve;
      this.#ungreeted = reject;
    });
    this.#greeting.catch(() => undefined);
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => this.#read(text));
    stream.on('error', (error) => this.#lose(error.message));
    stream.on('close', () => this.#lose('the connection is closed'));
    stream.on('end', () => this.#lose('QEMU closed the connection'));
  }

  /** The command's return value. Throws QMP_FAILED (a QmpError where QEMU answered with an error). */
  async execute(command: string, args: Readonly<Record<string, unknown>>, options: WaitOptions): Promise<unknown> {
    options.signal.throwIfAborted();
    if (this.#lost !== null) throw this.#lost;
    const id = this.#nextId++;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#commands.set(id, { command, resolve, reject });
    });
    this.#stream.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    try {
      return await this.#wait(command, answer, options);
    } finally {
      this.#commands.delete(id);
    }
  }

  async version(signal: AbortSignal): Promise<string> {
    return parseVersion(await this.execute('query-version', {}, { signal }));
  }

  quit(): void {
    // The connection may end before the answer.
    this.execute('quit', {}, { signal: NEVER, timeoutMs: QUIT_TIMEOUT_MS }).catch(() => undefined);
  }

  /** The next event of this name that matches. Call it before the command that causes the event, await it after. */
  async waitEvent(name: string, matches: (event: QmpEvent) => boolean, options: WaitOptions): Promise<QmpEvent> {
    options.signal.throwIfAborted();
    if (this.#lost !== null) throw this.#lost;
    let waiting: EventWaiting | undefined;
    const event = new Promise<QmpEvent>((resolve, reject) => {
      waiting = { matches: (one) => one.event === name && matches(one), resolve, reject };
      this.#events.add(waiting);
    });
    try {
      return await this.#wait(`event ${name}`, event, options);
    } finally {
      if (waiting !== undefined) this.#events.delete(waiting);
    }
  }

  #wait<T>(what: string, promise: Promise<T>, options: WaitOptions): Promise<T> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const expired = (ms: number) =>
      new HoplabError({ code: 'QMP_FAILED', message: `QMP ${what}: QEMU did not answer within ${ms} ms` });
    return withDeadline(promise, { signal: options.signal, timeoutMs, expired });
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() === '') continue;
      try {
        this.#take(parseMessage(line));
      } catch (error) {
        this.#lose(`${error instanceof Error ? error.message : error}: ${line.slice(0, 200)}`);
      }
    }
  }

  #take(message: Message): void {
    switch (message.kind) {
      case 'greeting':
        this.#greeted();
        return;
      case 'event':
        for (const waiting of this.#events) if (waiting.matches(message.event)) waiting.resolve(message.event);
        return;
      case 'return':
        this.#commands.get(message.id)?.resolve(message.value);
        return;
      case 'error': {
        const waiting = this.#commands.get(message.id);
        waiting?.reject(new QmpError(waiting.command, message.errorClass, message.description));
        return;
      }
    }
  }

  #lose(reason: string): void {
    if (this.#lost !== null) return;
    this.#lost = new HoplabError({ code: 'QMP_FAILED', message: `QMP: ${reason}` });
    this.#ungreeted(this.#lost);
    for (const waiting of [...this.#commands.values(), ...this.#events]) waiting.reject(this.#lost);
    this.#commands.clear();
    this.#events.clear();
  }
}

/** "7.2.22 (Debian 1:7.2+dfsg-7)". */
function parseVersion(answer: unknown): string {
  const { qemu, package: build } = answer as { qemu?: Record<string, number>; package?: string };
  const version = qemu === undefined ? 'unknown' : `${qemu.major}.${qemu.minor}.${qemu.micro}`;
  return build === undefined || build === '' ? version : `${version} ${build}`;
}

type Message =
  | { readonly kind: 'greeting' }
  | { readonly kind: 'event'; readonly event: QmpEvent }
  | { readonly kind: 'return'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly errorClass: string; readonly description: string };

function parseMessage(line: string): Message {
  const raw: unknown = JSON.parse(line);
  if (typeof raw !== 'object' || raw === null) throw new Error('not a QMP message');
  const message = raw as Record<string, unknown>;
  if ('QMP' in message) return { kind: 'greeting' };
  if (typeof message.event === 'string') {
    return { kind: 'event', event: { event: message.event, data: (message.data ?? {}) as Record<string, unknown> } };
  }
  // An error before any command has an id carries none: -1 matches nobody, and the deadline tells.
  const id = typeof message.id === 'number' ? message.id : -1;
  if (typeof message.error === 'object' && message.error !== null) {
    const error = message.error as Record<string, unknown>;
    return { kind: 'error', id, errorClass: String(error.class), description: String(error.desc) };
  }
  if ('return' in message) return { kind: 'return', id, value: message.return };
  throw new Error('not a QMP message');
}
