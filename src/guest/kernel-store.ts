// SPDX-License-Identifier: GPL-2.0-only
/** Kernels of Debian packages in the cache: unpacked there, never installed; a pointer file names the one to use. */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from '../model/errno.ts';
import { cacheDir, isMissing, writeFileAtomic } from '../system/cache.ts';
import { run } from '../system/exec.ts';
import type { GuestArch } from './arch.ts';
import type { GuestKernel } from './guest-kernel.ts';
import { unpackImage } from './unpack-image.ts';

const TEMPORARY = '.fetch-';
const REMAINS_AGE_MS = 3_600_000;

/** Where the kernels lie. */
export const kernelsFolder = () => join(cacheDir(), 'kernels');

interface Pointer {
  readonly folder: string;
  readonly release: string;
  readonly source: string;
}

/** The kernel that a pointer file names; null where it is not there or not whole. */
export async function storedKernel(
  pointer: string,
  arch: GuestArch,
  folder: string = kernelsFolder(),
): Promise<GuestKernel | null> {
  try {
    const known = parsePointer(await readFile(join(folder, `${pointer}.json`), 'utf8'));
    const root = join(folder, known.folder);
    const names = await readdir(join(root, 'boot'));
    const image =
      names.find((name) => name.startsWith('vmlinux-')) ?? names.find((name) => name.startsWith('vmlinuz-'));
    if (image === undefined) return null;
    const modulesDir = join(root, 'lib/modules', known.release);
    await readFile(join(modulesDir, 'modules.builtin'));
    return { arch, imagePath: join(root, 'boot', image), release: known.release, modulesDir, source: known.source };
  } catch (error) {
    // Half deleted, written by hand or another user's: as good as not there, the next fetch puts it right or says why not.
    if (isMissing(error) || isErrno(error, ['EACCES']) || error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * Stores the package that `download` puts into a folder, and names it in the pointer file. It is unpacked next to its
 * final folder and renamed at the end: an interrupted fetch leaves nothing that looks whole.
 */
export async function storeKernel(
  pointer: string,
  download: (folder: string) => Promise<string>,
  signal: AbortSignal,
): Promise<void> {
  const folder = kernelsFolder();
  await mkdir(folder, { recursive: true });
  await removeRemains(folder);
  const temporary = await mkdtemp(join(folder, TEMPORARY));
  try {
    const packageName = await download(temporary);
    const deb = (await readdir(temporary)).find((name) => name.endsWith('.deb'));
    if (deb === undefined) throw new Error('apt-get download left no .deb file');
    const root = join(temporary, 'root');
    await run(['dpkg-deb', '-x', join(temporary, deb), root], { signal, timeoutMs: 120_000, what: `unpack ${deb}` });
    const release = (await readdir(join(root, 'lib/modules')))[0];
    if (release === undefined) throw new Error(`${deb} holds no modules`);
    await unpackImage(join(root, 'boot', `vmlinuz-${release}`), join(root, 'boot', `vmlinux-${release}`), signal);
    const version = decodeURIComponent(deb.split('_')[1] ?? '');
    const name = `${packageName}_${version}`;
    // What stands there is incomplete, else it would have been used; rename() alone cannot replace a full folder.
    await rename(join(folder, name), join(temporary, 'old')).catch(ignoreMissing);
    await rename(root, join(folder, name));
    const known: Pointer = { folder: name, release, source: `Debian ${packageName} ${version}` };
    await writeFileAtomic(join(folder, `${pointer}.json`), `${JSON.stringify(known)}\n`);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function parsePointer(text: string): Pointer {
  const raw: unknown = JSON.parse(text);
  if (typeof raw !== 'object' || raw === null) throw new SyntaxError('not an object');
  const { folder, release, source } = raw as Record<string, unknown>;
  if (typeof folder !== 'string' || typeof release !== 'string' || typeof source !== 'string') {
    throw new SyntaxError('lacks folder, release or source');
  }
  return { folder, release, source };
}

/** What a killed fetch has left; one that is under way is younger. */
async function removeRemains(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(TEMPORARY)) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > REMAINS_AGE_MS) await rm(path, { recursive: true, force: true });
  }
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}
