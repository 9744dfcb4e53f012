// SPDX-License-Identifier: GPL-2.0-only
/** Builds the guest's initramfs into the cache, again only when something in it has changed. */

import { createHash } from 'node:crypto';
import { access, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isErrno } from '../model/errno.ts';
import { HoplabError } from '../model/errors.ts';
import { cacheDir, isMissing, writeFileAtomic } from '../system/cache.ts';
import { buildCpio, type CpioEntry } from './cpio.ts';
import type { GuestKernel } from './guest-kernel.ts';
import { GUEST_MODULES, moduleNeeds, planModules, readModule, readModuleTree } from './modules.ts';

/** Part of the hash: raise it when this file puts the same inputs together differently. */
const LAYOUT = 1;
const UNUSED_DAYS = 30;

export interface ImageOptions {
  readonly kernel: GuestKernel;
  /** The static binary of native/agent: the guest's /init. */
  readonly agent: string;
  /** Further static binaries by their path in the guest: { '/bin/prober': '/var/cache/hoplab/native/KEY/hoplab-prober' }. */
  readonly binaries: Readonly<Record<string, string>>;
  /** A static busybox for `hoplab shell`; null in a measured guest. */
  readonly busybox?: string | null;
  /** Beside those that every guest has; default none. */
  readonly modules?: readonly string[];
  readonly signal: AbortSignal;
}

export interface GuestImage {
  readonly path: string;
  readonly hash: string;
  /** The modules that it loads, in order. */
  readonly modules: readonly string[];
  readonly bytes: number;
  readonly reused: boolean;
}

/** The image of these parts. Not compressed: a TCG guest takes longer to unpack than a VMM to copy. */
export async function buildImage(options: ImageOptions): Promise<GuestImage> {
  const { kernel, signal } = options;
  const sources = { '/init': options.agent, ...options.binaries };
  const busybox = options.busybox ? { '/bin/busybox': options.busybox } : {};
  const binaries = await Promise.all(
    Object.entries({ ...sources, ...busybox }).map(async ([path, source]) => ({
      path,
      content: await readBinary(source),
    })),
  );
  const modules = await findModules(options);
  const hash = await hashOf(binaries, modules);
  const folder = join(cacheDir(), 'images');
  const path = join(folder, `${hash}.cpio`);
  const names = modules.map((file) => basename(file));
  if (await touch(path)) return { path, hash, modules: names, bytes: (await stat(path)).size, reused: true };

  const contents = await Promise.all(modules.map((file) => readModule(file, signal)));
  const archive = buildCpio(layOut(binaries, modules, contents));
  await writeFileAtomic(path, archive).catch((error: unknown) => {
    throw diskError(error, path, kernel);
  });
  await removeUnused(folder);
  return { path, hash, modules: names, bytes: archive.length, reused: false };
}

interface Binary {
  readonly path: string;
  readonly content: Buffer;
}

function layOut(binaries: readonly Binary[], modules: readonly string[], contents: readonly Buffer[]): CpioEntry[] {
  const inGuest = modules.map((file) => `/modules/${basename(file).replace(/\.(xz|zst|gz)$/, '')}`);
  return [
    ...['/dev', '/proc', '/sys', '/run', '/tmp', '/bin', '/modules'].map(
      (path) => ({ kind: 'directory', path }) as const,
    ),
    // The kernel opens the console before init can mount devtmpfs.
    { kind: 'device', path: '/dev/console', type: 'char', major: 5, minor: 1 },
    ...binaries.map(({ path, content }) => ({ kind: 'file', path, mode: 0o755, content }) as const),
    ...contents.map((content, index) => ({ kind: 'file', path: inGuest[index] ?? '', content }) as const),
    { kind: 'file', path: '/modules.list', content: Buffer.from(inGuest.map((path) => `${path}\n`).join('')) },
  ];
}

async function findModules({ kernel, modules = [], signal }: ImageOptions): Promise<readonly string[]> {
  const { modulesDir } = kernel;
  if (modulesDir === null) return [];
  const tree = await readModuleTree(modulesDir);
  const readNeeds = async (path: string) => moduleNeeds(await readModule(join(modulesDir, path), signal));
  const files = await planModules(tree, [...GUEST_MODULES, ...modules], readNeeds);
  return files.map((file) => join(modulesDir, file));
}

/** Binaries by content; modules, which never change in place, by path, size and time. */
async function hashOf(binaries: readonly Binary[], modules: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(`layout ${LAYOUT}\n`);
  for (const { path, content } of binaries) hash.update(`${path} ${content.length}\n`).update(content);
  for (const file of modules) {
    const { size, mtimeMs } = await stat(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 24);
}

async function readBinary(source: string): Promise<Buffer> {
  try {
    return await readFile(source);
  } catch (error) {
    throw new HoplabError({
      code: 'NOT_SET_UP',
      message: `build the guest's image: ${source} is not there`,
      hint: 'hoplab setup',
      cause: error,
    });
  }
}

/** True if the image is there; its time then says when it was used last. */
async function touch(path: string): Promise<boolean> {
  try {
    await access(path);
    await utimes(path, new Date(), new Date());
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function removeUnused(folder: string): Promise<void> {
  const oldest = Date.now() - UNUSED_DAYS * 86_400_000;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && found.mtimeMs < oldest) await rm(path, { force: true });
  }
}

function diskError(error: unknown, path: string, kernel: GuestKernel): unknown {
  if (!isErrno(error, ['ENOSPC'])) return error;
  return new HoplabError({
    code: 'DISK_FULL',
    message: `write the image of the guest for ${kernel.source} to ${path}: the disk is full`,
    hint: 'free some space, or set HOPLAB_CACHE to a folder on another disk',
    cause: error,
  });
}
