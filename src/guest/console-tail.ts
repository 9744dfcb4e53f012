// SPDX-License-Identifier: GPL-2.0-only
/** Reads a guest's console: its last lines in memory, all of it in a file. */
import { createWriteStream } from 'node:fs';
import type { Duplex } from 'node:stream';

const TAIL_LINES = 200;
const QUOTED_LINES = 12;
const QUOTED_FROM_FAULT = 4;

/** Holds the stream until it ends. */
export class ConsoleTail {
  readonly #lines: string[] = [];
  #rest = '';

  constructor(stream: Duplex, logFile: string | null) {
    const log = logFile === null ? null : createWriteStream(logFile, { flags: 'a' });
    log?.on('error', () => undefined); // a full disk must not end the guest
    stream.on('data', (chunk: Buffer) => {
      log?.write(chunk);
      this.#push(chunk.toString('latin1'));
    });
    stream.on('error', () => undefined); // it ends with the guest
    stream.on('close', () => log?.end());
  }

  last(count: number): string[] {
    return [...this.#lines, plain(this.#rest)].filter((line) => line !== '').slice(-count);
  }

  /** The lines that tell why a boot failed: from where a panic or the agent's own complaint begins, else the last. */
  quote(): string[] {
    const lines = this.last(TAIL_LINES);
    const start = lines.findIndex((line) => /Kernel panic|hoplab-agent: |\bBUG: |\bOops\b/.test(line));
    return start < 0 ? lines.slice(-QUOTED_LINES) : lines.slice(Math.max(0, start - 1), start + QUOTED_FROM_FAULT);
  }

  #push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = (lines.pop() ?? '').slice(-4096);
    this.#lines.push(...lines.map(plain));
    if (this.#lines.length > TAIL_LINES) this.#lines.splice(0, this.#lines.length - TAIL_LINES);
  }
}

/** Without the colours and cursor movements of the firmware. */
function plain(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
  return line.replace(/\x1b(\[[0-9;?=]*[A-Za-z]|c)|[\x00-\x08\x0b-\x1f\x7f]/g, '').trimEnd();
}
