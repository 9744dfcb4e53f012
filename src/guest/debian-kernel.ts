// SPDX-License-Identifier: GPL-2.0-only
/** Fetches Debian's cloud kernel into the cache: downloaded and unpacked, never installed on the host. */

import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from '../model/errno.ts';
import { HoplabError } from '../model/errors.ts';
import { cacheDir, isMissing, writeFileAtomic } from '../system/cache.ts';
import { run } from '../system/exec.ts';
import { type GuestArch, hostArch } from './arch.ts';
import type { GuestKernel } from './guest-kernel.ts';
import { unpackImage } from './unpack-image.ts';

const DEBIAN_ARCH: Readonly<Record<GuestArch, string>> = { x86_64: 'amd64', aarch64: 'arm64' };
const DOWNLOAD_TIMEOUT_MS = 300_000;
const TEMPORARY = '.fetch-';
const REMAINS_AGE_MS = 3_600_000;

export interface DebianKernelOptions {
  readonly arch: GuestArch;
  readonly signal: AbortSignal;
  readonly fetch?: boolean;
  /** True: ask apt for a newer one although one is there. */
  readonly refresh?: boolean;
}

/** The cached kernel, or a newly fetched one. Throws NOT_SET_UP where it may not fetch, SETUP_FAILED where that fails. */
export async function debianKernel(options: DebianKernelOptions): Promise<GuestKernel> {
  const folder = join(cacheDir(), 'kernels');
  const pointer = join(folder, `debian-${options.arch}.json`);
  if (options.refresh !== true) {
    const known = await readPointer(pointer, folder, options.arch);
    if (known !== null) return known;
  }
  if (options.fetch === false) {
    throw new HoplabError({
      code: 'NOT_SET_UP',
      message: `find Debian's cloud kernel for ${options.arch} in ${folder}: it was not fetched yet`,
      hint: 'hoplab setup',
    });
  }
  try {
    const fetched = await fetchKernel(folder, options);
    await writeFileAtomic(pointer, `${JSON.stringify(fetched)}\n`);
  } catch (error) {
    options.signal.throwIfAborted();
    throw new HoplabError({
      code: 'SETUP_FAILED',
      message: `fetch Debian's cloud kernel for ${options.arch}: ${error instanceof Error ? error.message : String(error)}`,
      hint: 'on another distribution than Debian use --kernel host, or --kernel FILE --modules DIR',
      cause: error,
    });
  }
  const kernel = await readPointer(pointer, folder, options.arch);
  if (kernel === null) throw new Error(`${pointer} names a kernel that is not there`);
  return kernel;
}

interface Pointer {
  readonly folder: string;
  readonly release: string;
  readonly source: string;
}

async function readPointer(path: string, folder: string, arch: GuestArch): Promise<GuestKernel | null> {
  try {
    const pointer = parsePointer(await readFile(path, 'utf8'));
    const root = join(folder, pointer.folder);
    const names = await readdir(join(root, 'boot'));
    const image =
      names.find((name) => name.startsWith('vmlinux-')) ?? names.find((name) => name.startsWith('vmlinuz-'));
    if (image === undefined) return null;
    const modulesDir = join(root, 'lib/modules', pointer.release);
    await readFile(join(modulesDir, 'modules.builtin'));
    return { arch, imagePath: join(root, 'boot', image), release: pointer.release, modulesDir, source: pointer.source };
  } catch (error) {
    // Half deleted, written by hand or another user's: as good as not there, the next fetch puts it right or says why not.
    if (isMissing(error) || isErrno(error, ['EACCES']) || error instanceof SyntaxError) return null;
    throw error;
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

/** Downloads next to the final folder and renames at the end: an interrupted fetch leaves nothing that looks whole. */
async function fetchKernel(folder: string, options: DebianKernelOptions): Promise<Pointer> {
  const { signal } = options;
  await mkdir(folder, { recursive: true });
  await removeRemains(folder);
  const temporary = await mkdtemp(join(folder, TEMPORARY));
  try {
    const packageName = await download(temporary, options);
    const deb = (await readdir(temporary)).find((name) => name.endsWith('.deb'));
    if (deb === undefined) throw new Error('apt-get download left no .deb file');
    const root = join(temporary, 'root');
    await run(['dpkg-deb', '-x', join(temporary, deb), root], { signal, timeoutMs: 120_000, what: `unpack ${deb}` });
    const release = (await readdir(join(root, 'lib/modules')))[0];
    if (release === undefined) throw new Error(`${deb} holds no modules`);
    await unpackImage(join(root, 'boot', `vmlinuz-${release}`), join(root, 'boot', `vmlinux-${release}`));
    const version = decodeURIComponent(deb.split('_')[1] ?? '');
    const name = `${packageName}_${version}`;
    // What stands there is incomplete, else it would have been used; rename() alone cannot replace a full folder.
    await rename(join(folder, name), join(temporary, 'old')).catch(ignoreMissing);
    await rename(root, join(folder, name));
    return { folder: name, release, source: `Debian ${packageName} ${version}` };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Asks the archive once more with new lists: old ones name packages that security updates have replaced. */
async function download(folder: string, options: DebianKernelOptions): Promise<string> {
  const { signal } = options;
  const fetch = async (packageName: string) => {
    // The user _apt cannot write to root's cache folder, and apt would warn on every fetch.
    const argv = ['apt-get', 'download', '-q', '-o', 'APT::Sandbox::User=root', packageName];
    await run(argv, { signal, cwd: folder, timeoutMs: DOWNLOAD_TIMEOUT_MS, what: `download ${packageName}` });
    return packageName;
  };
  const known = await findPackage(options);
  if (known !== null) {
    try {
      return await fetch(known);
    } catch (error) {
      if (!(error instanceof HoplabError && error.code === 'COMMAND_FAILED')) throw error;
    }
  }
  await run(['apt-get', 'update', '-q'], { signal, timeoutMs: DOWNLOAD_TIMEOUT_MS, what: 'update the lists of apt' });
  const found = await findPackage(options);
  if (found === null) throw new Error(`apt knows no package ${metapackageFor(options.arch)}`);
  return fetch(found);
}

/** The package of the day on which the metapackage depends, such as linux-image-6.1.0-56-cloud-amd64. */
async function findPackage({ arch, signal }: DebianKernelOptions): Promise<string | null> {
  const argv = ['apt-cache', 'depends', '--important', metapackageFor(arch)];
  const { stdout } = await run(argv, { signal, allowFailure: true, what: 'ask apt for the kernel of the day' });
  return /^\s*Depends: <?(linux-image-[0-9][^\s>]*)>?/m.exec(stdout)?.[1] ?? null;
}

/** For another architecture than the host's, apt needs `dpkg --add-architecture` first. */
function metapackageFor(arch: GuestArch): string {
  const debianArch = DEBIAN_ARCH[arch];
  return `linux-image-cloud-${debianArch}${arch === hostArch() ? '' : `:${debianArch}`}`;
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
