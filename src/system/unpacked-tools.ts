// SPDX-License-Identifier: GPL-2.0-only
/**
 * Single programs of Debian packages that are unpacked into the cache and never installed: the packages are large, and
 * installing them starts a service.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir, SYSTEM_CACHE } from './cache.ts';
import { run } from './exec.ts';

/** With the package in whose /usr/bin it lies. Tests read the metrics of a report with both. */
export const UNPACKED_TOOLS: readonly UnpackedTool[] = [
  { name: 'promtool', package: 'prometheus' },
  { name: 'prometheus-node-exporter', package: 'prometheus-node-exporter' },
];

interface UnpackedTool {
  readonly name: 'promtool' | 'prometheus-node-exporter';
  /** Debian's. */
  readonly package: string;
}

const DOWNLOAD_TIMEOUT_MS = 300_000;

/** Where the program lies, the user's own cache first; null = in none. */
export function unpackedTool(name: UnpackedTool['name']): string | null {
  const places = [cacheDir(), SYSTEM_CACHE].map((cache) => join(cache, 'tools', name));
  return places.find((place) => existsSync(place)) ?? null;
}

/** Downloads the package and keeps the one program of it: whole, or not at all. */
export async function unpackTool({ name, package: debian }: UnpackedTool, signal: AbortSignal): Promise<void> {
  const folder = join(cacheDir(), 'tools');
  await mkdir(folder, { recursive: true });
  const temporary = await mkdtemp(join(folder, '.fetch-'));
  const what = `download ${debian}`;
  try {
    // The user _apt cannot write to root's cache folder, and apt would warn on every fetch.
    const argv = ['apt-get', 'download', '-q', '-o', 'APT::Sandbox::User=root', debian];
    await run(argv, { signal, cwd: temporary, timeoutMs: DOWNLOAD_TIMEOUT_MS, what });
    const [deb] = await readdir(temporary);
    if (deb === undefined) throw new Error(`${what}: apt-get left no file`);
    const root = join(temporary, 'root');
    await run(['dpkg-deb', '-x', join(temporary, deb), root], { signal, timeoutMs: 120_000, what: `unpack ${deb}` });
    await rename(join(root, 'usr', 'bin', name), join(folder, name));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
