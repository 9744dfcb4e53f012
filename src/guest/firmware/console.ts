// SPDX-License-Identifier: GPL-2.0-only
/** Drives a firmware over its serial console: waits for its prompt, gives it commands and keys, and keeps what it says. */
import type { Duplex } from 'node:stream';
import type { ConsoleLine } from './console-line.ts';
import { type FaultKind, FirmwareFault } from './fault.ts';
import { TerminalText } from './terminal-text.ts';
import { Transcript } from './transcript.ts';

export interface ConsoleAnswer {
  readonly lines: readonly ConsoleLine[];
  readonly durationMs: number;
}

export interface ConsoleOptions {
  readonly signal: AbortSignal;
  /** Where all of it is kept, with times; null = nowhere. */
  readonly transcript: string | null;
  /** Default "=> ", U-Boot's. */
  readonly prompt?: string;
  /** What the firmware says when it starts, each time. */
  readonly banner: RegExp;
}

interface Waiting {
  /** The line that ends the wait, or null. Asked at every line, and at what stands behind the last one. */
  readonly ends: (line: string, whole: boolean) => boolean;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/** A firmware's first word comes within seconds, on the slowest machine: of one that has none by then nothing more is to come. */
const FIRST_WORD_MS = 15_000;
const KEY_EVERY_MS = 100;
/** Without a new word, a key is sent all the same after this. */
const QUIET_MS = 1000;
/** Starts on the way to a prompt that make a reset loop. */
const MOST_STARTS = 3;
/** What a firmware says before it resets for a fault of its own. */
const CRASH = /abort|panic|exception|undefined instruction|reset/i;
/** A firmware says a few KiB before its prompt; a megabyte is a loop. */
const MOST_BYTES = 1 << 20;
const MOST_LINES = 20_000;
const GARBAGE = 0.2;

/** Holds the stream until it ends. One wait at a time. */
export class FirmwareConsole {
  readonly #stream: Duplex;
  readonly #options: ConsoleOptions;
  readonly #prompt: string;
  readonly #text: TerminalText;
  readonly #transcript: Transcript;
  readonly #started = performance.now();
  #lines: ConsoleLine[] = [];
  #waiting: Waiting | null = null;
  #starts = 0;
  #mostStarts = MOST_STARTS;
  #bytes = 0;
  #saidAt = 0;
  #ended: string | null = null;

  constructor(stream: Duplex, options: ConsoleOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#prompt = options.prompt ?? '=> ';
    this.#transcript = new Transcript(options.transcript);
    this.#text = new TerminalText((text) => this.#take(text));
    stream.on('data', (chunk: Buffer) => this.#push(chunk));
    stream.on('error', () => undefined); // it ends with the guest
    stream.on('close', () => this.end('its console closed'));
  }

  /** From its start to its prompt: the key is repeated until it is there. Resolves with the time that took. */
  async prompt({ key, deadlineMs }: { readonly key: string; readonly deadlineMs: number }): Promise<number> {
    const started = performance.now();
    this.#mostStarts = MOST_STARTS;
    let sentAt = 0;
    const repeat = setInterval(() => {
      // Before its first word nobody reads, and while it works in silence keys only pile up.
      const due = this.#saidAt > sentAt || performance.now() - sentAt > QUIET_MS;
      if (this.#saidAt === 0 || !due) return;
      sentAt = performance.now();
      this.#write(key, null);
    }, KEY_EVERY_MS);
    const silent = setTimeout(() => {
      if (this.#saidAt === 0) this.#fail(this.#fault('silent', `says nothing within ${FIRST_WORD_MS / 1000} s`));
    }, FIRST_WORD_MS);
    try {
      await this.#wait('its prompt', deadlineMs, (line) => line === this.#prompt);
    } finally {
      clearInterval(repeat);
      clearTimeout(silent);
    }
    const took = performance.now() - started;
    await this.#settle(deadlineMs);
    return took;
  }

  /** A command to its end, which is the next prompt. */
  async command(line: string, { deadlineMs }: { readonly deadlineMs: number }): Promise<ConsoleAnswer> {
    const sent = performance.now();
    this.#begin(0);
    this.#write(`${line}\r`, line);
    await this.#wait(`the end of "${line}"`, deadlineMs, (text, whole) => !whole && text === this.#prompt);
    // The first line is its echo.
    return { lines: this.#lines.slice(1), durationMs: performance.now() - sent };
  }

  /** Sends keys, or nothing, and waits for a line, or a part of the last one, that the pattern fits. */
  async until(keys: string, pattern: RegExp, deadlineMs: number): Promise<ConsoleAnswer> {
    const sent = performance.now();
    // At its start it says its banner once.
    this.#begin(1);
    if (keys !== '') this.#write(keys, JSON.stringify(keys));
    await this.#wait(`/${pattern.source}/`, deadlineMs, (text) => pattern.test(text), keys === '' ? 'now' : 'later');
    return { lines: this.#lines, durationMs: performance.now() - sent };
  }

  /** Nothing more will come: whoever waits is told why. */
  end(why: string): void {
    if (this.#ended !== null) return;
    this.#ended = why;
    this.#fail(this.#fault('ended', `${why}${this.#lastWords()}`));
  }

  /** Its transcript is whole when this resolves. */
  close(): Promise<void> {
    this.#stream.destroy();
    return this.#transcript.end();
  }

  /** Several keys may have reached it: what they left behind is told from answers by a word that only we say. */
  async #settle(deadlineMs: number): Promise<void> {
    const word = `hoplab-${Math.floor(Math.random() * 1e9)}`;
    this.#begin(0);
    this.#write(`echo ${word}\r`, `echo ${word}`);
    let answered = false;
    await this.#wait('its first answer', deadlineMs, (line, whole) => {
      if (whole && line === word) answered = true;
      return answered && !whole && line === this.#prompt;
    });
  }

  #begin(mostStarts: number): void {
    this.#lines = [];
    this.#starts = 0;
    this.#mostStarts = mostStarts;
    this.#bytes = 0;
  }

  #wait(what: string, deadlineMs: number, ends: Waiting['ends'], look: 'now' | 'later' = 'later'): Promise<void> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    if (this.#ended !== null) throw this.#fault('ended', `${this.#ended}${this.#lastWords()}`);
    const timer = setTimeout(() => this.#fail(this.#late(what, deadlineMs)), deadlineMs);
    const onAbort = (): void => this.#fail(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    signal.addEventListener('abort', onAbort, { once: true });
    return new Promise<void>((resolve, reject) => {
      this.#waiting = { ends, done: resolve, failed: reject };
      // What stands there before a command is its prompt, not its answer.
      if (look === 'now') this.#look(this.#text.rest, false);
    }).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      this.#waiting = null;
    });
  }

  #push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#saidAt = performance.now();
    this.#text.push(chunk);
    this.#look(this.#text.rest, false);
    if (this.#bytes > MOST_BYTES) {
      const what = this.#text.garbage > GARBAGE ? 'prints garbage' : 'prints without an end';
      this.#fail(this.#fault('garbage', `${what}: ${this.#bytes} bytes and no prompt`));
    }
  }

  #take(text: string): void {
    const line = { text, atMs: performance.now() - this.#started };
    this.#transcript.write('<', line.atMs, text);
    if (this.#lines.length < MOST_LINES) this.#lines.push(line);
    if (this.#options.banner.test(text)) this.#starts += 1;
    this.#look(text, true);
    if (this.#starts > this.#mostStarts) this.#fail(this.#reset());
  }

  #look(text: string, whole: boolean): void {
    if (this.#waiting?.ends(text, whole)) this.#waiting.done();
  }

  #fail(error: Error): void {
    this.#waiting?.failed(error);
  }

  #late(what: string, deadlineMs: number): FirmwareFault {
    const within = `within ${deadlineMs / 1000} s`;
    if (this.#text.garbage > GARBAGE) return this.#fault('garbage', `prints garbage, and not ${what} ${within}`);
    if (this.#lines.length === 0 && this.#text.rest === '') {
      return this.#fault('silent', `says nothing ${within}`);
    }
    return this.#fault('hangs', `does not come to ${what} ${within}${this.#lastWords()}`);
  }

  #reset(): FirmwareFault {
    const cause = this.#lines.find(({ text }) => CRASH.test(text))?.text.trim();
    const said = cause === undefined ? '' : ` after: ${cause}`;
    if (this.#mostStarts === MOST_STARTS) return this.#fault('resets', `starts again and again${said}`);
    return this.#fault('resets', `resets${said}`);
  }

  #fault(kind: FaultKind, message: string): FirmwareFault {
    return new FirmwareFault(kind, message, this.#lines);
  }

  #lastWords(): string {
    const last = [...this.#lines.map(({ text }) => text), this.#text.rest].findLast((text) => text.trim() !== '');
    return last === undefined ? '' : `; its last words: "${last.trim().slice(0, 120)}"`;
  }

  #write(keys: string, told: string | null): void {
    if (!this.#stream.writable) return;
    if (told !== null) this.#transcript.write('>', performance.now() - this.#started, told);
    this.#stream.write(keys);
  }
}
