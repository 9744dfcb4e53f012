// SPDX-License-Identifier: GPL-2.0-only
/** The files of a notebook while something is added to them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, isSeq } from 'yaml';
import { makeFolders, ownerBehindSudo, writeAtomic } from '../run-store/write-atomic.ts';
import { oneLine } from './block.ts';

/** As they will be: written at the end, and only what has changed. */
export class NotebookFiles {
  readonly folder: string;
  readonly #texts = new Map<string, string>();

  constructor(folder: string) {
    this.folder = folder;
  }

  read(path: string): string | null {
    const file = join(this.folder, path);
    return this.#texts.get(path) ?? (existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\r\n', '\n') : null);
  }

  put(path: string, text: string): void {
    if (this.read(path) !== text) this.#texts.set(path, text);
  }

  async write(): Promise<void> {
    const owner = ownerBehindSudo();
    for (const [path, text] of this.#texts) {
      const file = join(this.folder, path);
      await makeFolders(join(file, '..'), owner);
      await writeAtomic(file, text, owner);
    }
  }
}

/** The names in a list of a YAML file. */
export function namesIn(document: Document, key: string): string[] {
  const list = document.get(key);
  return isSeq(list) ? list.items.map((each) => oneLine(String(document.createNode(each).toJSON()))) : [];
}

/** Adds to a list, and makes it where there is none. */
export function appendTo(document: Document, key: string, values: readonly unknown[]): void {
  if (values.length === 0) return;
  const list = document.get(key);
  if (isSeq(list)) {
    // [a, b] on one line grows without end.
    list.flow = false;
    for (const value of values) list.add(document.createNode(value));
  } else document.set(key, document.createNode(values));
}
