// SPDX-License-Identifier: GPL-2.0-only
/** Keeps what went over a console in a file, with times; of a firmware that never ends only the beginning. */
import { createWriteStream, type WriteStream } from 'node:fs';

const MOST_BYTES = 1 << 20;

export class Transcript {
  readonly #file: WriteStream | null;
  #left = MOST_BYTES;

  /** null: none is kept. */
  constructor(path: string | null) {
    this.#file = path === null ? null : createWriteStream(path, { flags: 'a' });
    this.#file?.on('error', () => undefined); // a full disk must not end the guest
  }

  /** `mark`: "<" for what came, ">" for what was sent, "-" for what is told about both. */
  write(mark: '<' | '>' | '-', atMs: number, text: string): void {
    if (this.#file === null || this.#left <= 0) return;
    const line = `${(atMs / 1000).toFixed(3).padStart(9)} ${mark} ${text}\n`;
    this.#left -= line.length;
    this.#file.write(this.#left > 0 ? line : `${line}-- the rest is left out: ${MOST_BYTES >> 20} MiB are kept --\n`);
  }

  end(): Promise<void> {
    const file = this.#file;
    if (file === null || file.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      file.end(() => resolve());
      file.once('error', () => resolve());
    });
  }
}
