// SPDX-License-Identifier: GPL-2.0-only
/** Writes cpio archives in the "newc" format that the kernel unpacks as its initramfs. */

export type CpioEntry =
  | { readonly kind: 'directory'; readonly path: string; readonly mode?: number }
  | { readonly kind: 'file'; readonly path: string; readonly mode?: number; readonly content: Uint8Array }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'device';
      readonly path: string;
      readonly mode?: number;
      readonly type: 'char' | 'block';
      readonly major: number;
      readonly minor: number;
    };

const TYPE_BITS = { directory: 0o040000, file: 0o100000, symlink: 0o120000, char: 0o020000, block: 0o060000 } as const;
const TRAILER = 'TRAILER!!!';

/**
 * The archive of these entries, in their order: a directory must come before what it holds.
 * Owner root, time 0: equal entries give equal bytes. Format: Documentation/driver-api/early-userspace/buffer-format.rst.
 */
export function buildCpio(entries: readonly CpioEntry[]): Buffer {
  const parts: Buffer[] = [];
  entries.forEach((entry, index) => {
    const path = entry.path.replace(/^\/+/, '');
    if (path === '' || path.includes('\0')) throw new Error(`not a path for an archive: ${JSON.stringify(entry.path)}`);
    pushEntry(parts, path, index + 1, describe(entry));
  });
  pushEntry(parts, TRAILER, 0, { mode: 0, links: 1, major: 0, minor: 0, content: Buffer.alloc(0) });
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  parts.push(Buffer.alloc(-length & 511));
  return Buffer.concat(parts);
}

interface Described {
  readonly mode: number;
  readonly links: number;
  readonly major: number;
  readonly minor: number;
  readonly content: Uint8Array;
}

function describe(entry: CpioEntry): Described {
  const none = { links: 1, major: 0, minor: 0, content: Buffer.alloc(0) };
  switch (entry.kind) {
    case 'directory':
      return { ...none, mode: TYPE_BITS.directory | (entry.mode ?? 0o755), links: 2 };
    case 'file':
      return { ...none, mode: TYPE_BITS.file | (entry.mode ?? 0o644), content: entry.content };
    case 'symlink':
      return { ...none, mode: TYPE_BITS.symlink | 0o777, content: Buffer.from(entry.target) };
    case 'device':
      return {
        ...none,
        mode: TYPE_BITS[entry.type] | (entry.mode ?? 0o600),
        major: entry.major,
        minor: entry.minor,
      };
  }
}

function pushEntry(parts: Buffer[], path: string, inode: number, entry: Described): void {
  const name = Buffer.from(`${path}\0`);
  const fields = [inode, entry.mode, 0, 0, entry.links, 0, entry.content.length, 0, 0, entry.major, entry.minor];
  const header = [...fields, name.length, 0].map((field) => field.toString(16).padStart(8, '0'));
  const head = Buffer.concat([Buffer.from(`070701${header.join('')}`), name]);
  // Name and content are each padded to 4 bytes, counted from the header's start.
  parts.push(head, Buffer.alloc(-head.length & 3), Buffer.from(entry.content), Buffer.alloc(-entry.content.length & 3));
}
