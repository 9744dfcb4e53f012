// SPDX-License-Identifier: GPL-2.0-only
/** Writes an ext4 image of files, once for each key. */
import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheDir } from '../../src/system/cache.ts';
import { run } from '../../src/system/exec.ts';
import type { ImageFile } from './programs.ts';

/** For what ext4 needs itself. */
const ROOM_BYTES = 24 << 20;
const BLOCK_BYTES = 4096;
const UNUSED_DAYS = 2;

export interface ImageContent {
  readonly name: string;
  readonly key: string;
  /** Asked for only where the image has to be made. */
  readonly files: () => Promise<readonly ImageFile[]>;
  readonly links?: Readonly<Record<string, string>>;
  /** For what `finish` adds. */
  readonly roomMiB?: number;
  /** After all else is there, such as a depmod. */
  readonly finish?: (root: string) => Promise<void>;
}

/** The image's path. A second builder of the same key makes the same file. */
export async function writeImage(content: ImageContent, signal: AbortSignal): Promise<string> {
  const folder = join(cacheDir(), 'nested');
  await mkdir(folder, { recursive: true });
  const image = join(folder, `${content.name}-${content.key}.ext4`);
  if (await touch(image)) return image;
  await removeUnused(folder);
  const temporary = await mkdtemp(join(folder, '.build-'));
  try {
    const root = join(temporary, 'root');
    await mkdir(root);
    const bytes = await layOut(root, content);
    const written = join(temporary, 'image');
    await writeFile(written, '');
    await run(['truncate', '-s', String(bytes), written], { signal });
    // No journal: nothing writes to it.
    const argv = [
      'mkfs.ext4',
      '-q',
      '-F',
      '-m',
      '0',
      '-O',
      '^has_journal',
      '-E',
      'root_owner=0:0',
      '-d',
      root,
      written,
    ];
    await run(argv, { signal, timeoutMs: 300_000, what: `make the image ${content.name}` });
    await rename(written, image);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return image;
}

/** How large the image has to be. */
async function layOut(root: string, { files, links, roomMiB, finish }: ImageContent): Promise<number> {
  let bytes = ROOM_BYTES + ((roomMiB ?? 0) << 20);
  const folders = new Set<string>();
  for (const [path, target] of Object.entries(links ?? {})) {
    await mkdir(join(root, dirname(path)), { recursive: true });
    await symlink(target, join(root, path));
  }
  for (const { from, to } of await files()) {
    const target = join(root, to);
    if (!folders.has(dirname(target))) await mkdir(dirname(target), { recursive: true });
    folders.add(dirname(target));
    await copyFile(from, target);
    const { size, atime, mtime } = await stat(from);
    await utimes(target, atime, mtime);
    bytes += Math.ceil(size / BLOCK_BYTES + 1) * BLOCK_BYTES;
  }
  await finish?.(root);
  return Math.ceil((bytes + bytes / 16) / BLOCK_BYTES) * BLOCK_BYTES;
}

async function touch(path: string): Promise<boolean> {
  const now = new Date();
  return utimes(path, now, now).then(
    () => true,
    () => false,
  );
}

async function removeUnused(folder: string): Promise<void> {
  const oldest = Date.now() - UNUSED_DAYS * 86_400_000;
  for (const name of await readdir(folder)) {
    const found = await stat(join(folder, name)).catch(() => null);
    if (found !== null && found.mtimeMs < oldest) await rm(join(folder, name), { recursive: true, force: true });
  }
}
