// SPDX-License-Identifier: GPL-2.0-only
/** The last lines of a stream of bytes, and a call for each line as it comes. */

/** Splits output into lines, keeps the last ones and offers each to the listeners. */
export class LineTail {
  static readonly #KEEP = 200;
  readonly #lines: string[] = [];
  readonly #listeners: ((line: string) => void)[] = [];
  #rest = '';

  push(chunk: Buffer): void {
    const parts = (this.#rest + chunk.toString('utf8')).split('\n');
    this.#rest = (parts.pop() ?? '').slice(-4096);
    for (const line of parts) {
      this.#lines.push(line.slice(0, 4096));
      for (const listener of this.#listeners) listener(line);
    }
    if (this.#lines.length > LineTail.#KEEP) this.#lines.splice(0, this.#lines.length - LineTail.#KEEP);
  }

  onLine(listener: (line: string) => void): void {
    this.#listeners.push(listener);
    for (const line of this.#lines) listener(line);
  }

  last(count: number): string[] {
    const all = this.#rest === '' ? this.#lines : [...this.#lines, this.#rest];
    return all.slice(-count);
  }
}
