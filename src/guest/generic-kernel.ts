// SPDX-License-Identifier: GPL-2.0-only
/**
 * Debian's generic kernels of two series, which the nested hosts of the tests boot. They come from bookworm and its
 * backports whatever this machine runs, by lists of apt's that are ours: the machine's own stay as they are.
 */
import { HoplabError, reasonOf } from '../model/errors.ts';
import { run } from '../system/exec.ts';
import { privateState } from '../system/private-apt.ts';
import type { GuestKernel } from './guest-kernel.ts';
import { kernelsFolder, storedKernel, storeKernel } from './kernel-store.ts';

export const GENERIC_SERIES = ['6.1', '6.12'] as const;
export type GenericSeries = (typeof GENERIC_SERIES)[number];

const SUITE: Readonly<Record<GenericSeries, string>> = { '6.1': 'bookworm', '6.12': 'bookworm-backports' };
const DOWNLOAD_TIMEOUT_MS = 600_000;

/** The cached kernel, or a newly fetched one. Throws NOT_SET_UP where it may not fetch, SETUP_FAILED where that fails. */
export async function genericKernel(
  series: GenericSeries,
  { fetch, signal }: { readonly fetch: boolean; readonly signal: AbortSignal },
): Promise<GuestKernel> {
  const pointer = `generic-${series}-x86_64`;
  const known = await storedKernel(pointer, 'x86_64');
  if (known !== null) return known;
  if (!fetch) {
    throw new HoplabError({
      code: 'NOT_SET_UP',
      message: `find Debian's generic kernel ${series} in ${kernelsFolder()}: it was not fetched yet`,
      hint: './setup.sh --dev',
    });
  }
  try {
    await storeKernel(pointer, (folder) => download(series, folder, signal), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new HoplabError({
      code: 'SETUP_FAILED',
      message: `fetch Debian's generic kernel ${series}: ${reasonOf(error)}`,
      cause: error,
    });
  }
  const kernel = await storedKernel(pointer, 'x86_64');
  if (kernel === null) throw new Error(`${pointer} names a kernel that is not there`);
  return kernel;
}

async function download(series: GenericSeries, folder: string, signal: AbortSignal): Promise<string> {
  const options = await privateState(folder, { release: SUITE[series], arch: 'amd64' });
  const ask = (argv: readonly string[]) => run(argv, { signal, cwd: folder, timeoutMs: DOWNLOAD_TIMEOUT_MS });
  await ask(['apt-get', ...options, 'update', '-q']);
  const { stdout } = await ask(['apt-cache', ...options, 'show', 'linux-image-amd64']);
  const escaped = series.replace('.', '\\.');
  const name = new RegExp(`^Depends: (linux-image-${escaped}\\.\\S+?-amd64)[ ,]`, 'm').exec(stdout)?.[1];
  if (name === undefined) throw new Error(`${SUITE[series]} has no kernel ${series}`);
  await ask(['apt-get', ...options, 'download', '-q', name]);
  return name;
}
