// SPDX-License-Identifier: GPL-2.0-only
/** Fetches Debian's cloud kernel into the cache: downloaded and unpacked, never installed on the host. */
import { HoplabError, reasonOf } from '../model/errors.ts';
import { run } from '../system/exec.ts';
import { privateState } from '../system/private-apt.ts';
import { type GuestArch, hostArch } from './arch.ts';
import type { GuestKernel } from './guest-kernel.ts';
import { kernelsFolder, storedKernel, storeKernel } from './kernel-store.ts';

const DEBIAN_ARCH: Readonly<Record<GuestArch, string>> = { x86_64: 'amd64', aarch64: 'arm64' };
/** Its cloud kernel is of the series that all else here was measured with. */
const FOREIGN_RELEASE = 'bookworm';
const DOWNLOAD_TIMEOUT_MS = 300_000;

export interface DebianKernelOptions {
  readonly arch: GuestArch;
  readonly signal: AbortSignal;
  readonly fetch?: boolean;
  /** True: ask apt for a newer one although one is there. */
  readonly refresh?: boolean;
}

/** The cached kernel, or a newly fetched one. Throws NOT_SET_UP where it may not fetch, SETUP_FAILED where that fails. */
export async function debianKernel(options: DebianKernelOptions): Promise<GuestKernel> {
  const { arch, signal } = options;
  const pointer = `debian-${arch}`;
  if (options.refresh !== true) {
    const known = await storedKernel(pointer, arch);
    if (known !== null) return known;
  }
  if (options.fetch === false) {
    throw new HoplabError({
      code: 'NOT_SET_UP',
      message: `find Debian's cloud kernel for ${arch} in ${kernelsFolder()}: it was not fetched yet`,
      hint: `hoplab setup${arch === hostArch() ? '' : ` --arch ${arch}`}`,
    });
  }
  try {
    await storeKernel(pointer, (folder) => download(folder, options), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new HoplabError({
      code: 'SETUP_FAILED',
      message: `fetch Debian's cloud kernel for ${arch}: ${reasonOf(error)}`,
      hint: 'on another distribution than Debian use --kernel host, or --kernel FILE --modules DIR',
      cause: error,
    });
  }
  const kernel = await storedKernel(pointer, arch);
  if (kernel === null) throw new Error(`${pointer} names a kernel that is not there`);
  return kernel;
}

/** Of another architecture than this machine's: by lists of apt's that are ours, so that the machine's own know nothing of it. */
async function downloadForeign(folder: string, { arch, signal }: DebianKernelOptions): Promise<string> {
  const options = await privateState(folder, { release: FOREIGN_RELEASE, arch: DEBIAN_ARCH[arch] });
  const ask = (argv: readonly string[]) => run(argv, { signal, cwd: folder, timeoutMs: DOWNLOAD_TIMEOUT_MS });
  await ask(['apt-get', ...options, 'update', '-q']);
  const name = dependencyIn((await ask(['apt-cache', ...options, ...askDepends(arch)])).stdout);
  if (name === null) throw new Error(`${FOREIGN_RELEASE} has no package ${metapackageFor(arch)}`);
  await ask(['apt-get', ...options, 'download', '-q', name]);
  return name;
}

/** Asks the archive once more with new lists: old ones name packages that security updates have replaced. */
async function download(folder: string, options: DebianKernelOptions): Promise<string> {
  if (options.arch !== hostArch()) return downloadForeign(folder, options);
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
  const argv = ['apt-cache', ...askDepends(arch)];
  const { stdout } = await run(argv, { signal, allowFailure: true, what: 'ask apt for the kernel of the day' });
  return dependencyIn(stdout);
}

const askDepends = (arch: GuestArch) => ['depends', '--important', metapackageFor(arch)];

function dependencyIn(answer: string): string | null {
  return /^\s*Depends: <?(linux-image-[0-9][^\s>]*)>?/m.exec(answer)?.[1] ?? null;
}

const metapackageFor = (arch: GuestArch) => `linux-image-cloud-${DEBIAN_ARCH[arch]}`;
