// SPDX-License-Identifier: GPL-2.0-only
/** What a firmware writes to its console, as lines of plain text: without escape sequences, controls and time stamps. */

/** A longer line is broken: a firmware that prints garbage has no lines. */
const MOST_OF_LINE = 4096;
const MOST_OF_SEQUENCE = 64;
const ESCAPE = 0x1b;
/** Moves of the cursor to another line, by which menus are drawn. */
const MOVES = /^\[[0-9;]*[HfABEFdJ]$/;
/** "[    1.234567] " as kernels have it, "[12:34:56.789] " as loggers do. */
const STAMP = /^\[(?: *\d+\.\d+|\d\d:\d\d:\d\d(?:\.\d+)?)\] ?/;

/**
 * Takes bytes as they come; a sequence may be cut anywhere. The time is linear in the bytes. A question for the cursor is
 * not answered: U-Boot waits 0.1 s for that, and takes what comes later for keys.
 */
export class TerminalText {
  readonly #onLine: (text: string) => void;
  #line = '';
  #sequence: string | null = null;
  #printable = 0;
  #odd = 0;

  constructor(onLine: (text: string) => void) {
    this.#onLine = onLine;
  }

  /** What stands on the line that has no end yet: a prompt. */
  get rest(): string {
    return this.#line.replace(STAMP, '');
  }

  /** Of all that came, how much is no text: 0 to 1. */
  get garbage(): number {
    return this.#odd === 0 ? 0 : this.#odd / (this.#odd + this.#printable);
  }

  push(chunk: Uint8Array): void {
    for (const byte of chunk) this.#take(byte);
  }

  #take(byte: number): void {
    if (byte === ESCAPE) this.#sequence = '';
    else if (this.#sequence !== null) this.#takeSequence(byte);
    else if (byte === 0x0a) this.#end();
    else if (byte === 0x08) this.#line = this.#line.slice(0, -1);
    else if (byte === 0x09) this.#add(' ');
    else if (byte >= 0x20 && byte < 0x7f) this.#add(String.fromCharCode(byte));
    // Carriage returns and bells are a console's own; the rest is not what a firmware means.
    else if (byte !== 0x0d && byte !== 0x07) this.#odd += 1;
  }

  #takeSequence(byte: number): void {
    const sequence = this.#sequence + String.fromCharCode(byte);
    const opened = sequence.startsWith('[');
    // ECMA-48: a control sequence ends with @ to ~; ESC and another character is one by itself.
    const ended = opened ? sequence.length > 1 && byte >= 0x40 && byte <= 0x7e : true;
    if (!ended && sequence.length < MOST_OF_SEQUENCE) {
      this.#sequence = sequence;
      return;
    }
    this.#sequence = null;
    if (MOVES.test(sequence) && this.#line !== '') this.#end();
  }

  #add(character: string): void {
    this.#line += character;
    this.#printable += 1;
    if (this.#line.length >= MOST_OF_LINE) this.#end();
  }

  #end(): void {
    const line = this.rest.trimEnd();
    this.#line = '';
    this.#onLine(line);
  }
}
