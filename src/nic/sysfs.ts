// SPDX-License-Identifier: GPL-2.0-only
/** What sysfs says, below a root that a test may choose: the text of a file, where a link leads, what a folder holds. */
import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';

export class Sysfs {
  readonly root: string;

  constructor(root = '/sys') {
    this.root = root;
  }

  /** As a user would name it: the real machine's name of the file, whatever the root is. */
  name(path: string): string {
    return join('/sys', path);
  }

  /** Without the end of its line; null = there is no such file, or it cannot be read. */
  async text(path: string): Promise<string | null> {
    return readFile(join(this.root, path), 'utf8').then(
      (text) => text.trim(),
      () => null,
    );
  }

  /** A number of any notation; null where there is none. */
  async number(path: string): Promise<number | null> {
    const text = await this.text(path);
    return text === null || text === '' || Number.isNaN(Number(text)) ? null : Number(text);
  }

  /** The last word of what a link names; null = there is no such link. */
  async link(path: string): Promise<string | null> {
    return readlink(join(this.root, path)).then(basename, () => null);
  }

  /** Where a path leads through all links, below the root; null = nowhere. */
  async real(path: string): Promise<string | null> {
    const root = await realpath(this.root).catch(() => this.root);
    return realpath(join(this.root, path)).then(
      (found) => (found.startsWith(`${root}/`) ? found.slice(root.length + 1) : null),
      () => null,
    );
  }

  /** The names in a folder, sorted; empty where there is none. */
  async names(path: string): Promise<readonly string[]> {
    return readdir(join(this.root, path)).then(
      (names) => names.sort(),
      () => [],
    );
  }
}
