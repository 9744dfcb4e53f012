// SPDX-License-Identifier: GPL-2.0-only
/** Fetches a package of a Debian release of one's choice: with lists and a state of its own, so that this machine's stay as they are. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { cacheDir } from './cache.ts';
import { run } from './exec.ts';
import { findTool } from './find-tool.ts';

const HOST = 'deb.debian.org';
const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';
const TIMEOUT_MS = 300_000;

export interface PrivatePackage {
  /** "bookworm". */
  readonly release: string;
  readonly arch: string;
  readonly name: string;
  /** Further packages that are unpacked into the same folder; absent = none. */
  readonly with?: readonly string[];
}

export interface FetchedPackage {
  /** Where it is unpacked. */
  readonly folder: string;
  /** Of its version: what the folder is called. */
  readonly version: string;
}

/** The newest that is in the cache; null = none is. */
export async function fetchedPackage(wanted: PrivatePackage): Promise<FetchedPackage | null> {
  const { release, arch, name } = wanted;
  const start = `${name}_${release}_${arch}_`;
  const names = (await readdir(packagesFolder()).catch(() => [])).filter((each) => each.startsWith(start)).sort();
  const last = names.at(-1);
  return last === undefined ? null : { folder: join(packagesFolder(), last), version: last.slice(start.length) };
}

/** Throws SETUP_FAILED with what apt said. What is there already is fetched anew. */
export async function fetchPackage(wanted: PrivatePackage, signal: AbortSignal): Promise<FetchedPackage> {
  const { release, arch, name, with: others = [] } = wanted;
  if ((await findTool('apt-get')) === null) throw failed(wanted, 'this machine has no apt-get');
  const all = packagesFolder();
  await mkdir(all, { recursive: true });
  // Beside its final place, and renamed at the end: an interrupted fetch leaves nothing that looks whole.
  const work = await mkdtemp(join(all, '.fetch-'));
  try {
    const options = await privateState(work, wanted);
    await run(['apt-get', ...options, '-q', 'update'], {
      signal,
      timeoutMs: TIMEOUT_MS,
      what: `list the packages of ${release}`,
    });
    await run(['apt-get', ...options, '-q', 'download', name, ...others], {
      signal,
      cwd: work,
      timeoutMs: TIMEOUT_MS,
      what: `download ${name}`,
    });
    const debs = (await readdir(work)).filter((each) => each.endsWith('.deb'));
    const deb = debs.find((each) => each.startsWith(`${name}_`));
    if (deb === undefined) throw new Error('apt-get download left no .deb file');
    const root = join(work, 'root');
    for (const each of debs) {
      await run(['dpkg-deb', '-x', join(work, each), root], { signal, timeoutMs: TIMEOUT_MS, what: `unpack ${each}` });
    }
    const version = decodeURIComponent(deb.split('_')[1] ?? '');
    const folder = join(all, `${name}_${release}_${arch}_${version}`);
    await rm(folder, { recursive: true, force: true });
    await rename(root, folder);
    return { folder, version };
  } catch (error) {
    signal.throwIfAborted();
    throw failed(wanted, reasonOf(error), error);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The original archive of a source package, from the cache or the network; apt holds it against the release's signature. */
export async function fetchSource(
  wanted: Pick<PrivatePackage, 'release' | 'name'>,
  signal: AbortSignal,
): Promise<{ readonly file: string; readonly version: string }> {
  const { release, name } = wanted;
  const folder = join(packagesFolder(), `${name}_${release}_source`);
  if (!existsSync(folder)) {
    if ((await findTool('apt-get')) === null) throw failed(wanted, 'this machine has no apt-get');
    await mkdir(packagesFolder(), { recursive: true });
    const work = await mkdtemp(join(packagesFolder(), '.fetch-'));
    try {
      const options = await privateState(work, { release, arch: 'arm64', kind: 'deb-src' });
      const fetched = join(work, 'fetched');
      await mkdir(fetched);
      const apt = (what: string, ...argv: string[]) =>
        run(['apt-get', ...options, '-q', ...argv], { signal, cwd: fetched, timeoutMs: TIMEOUT_MS, what });
      await apt(`list the sources of ${release}`, 'update');
      // The archive alone: what Debian changes in it is not wanted, and needs tools of its own to be applied.
      await apt(`download the source of ${name}`, 'source', '--download-only', '--tar-only', name);
      await rename(fetched, folder);
    } catch (error) {
      signal.throwIfAborted();
      throw failed(wanted, reasonOf(error), error);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  const archive = (await readdir(folder)).find((each) => each.includes('.orig.tar'));
  if (archive === undefined) throw failed(wanted, `${folder} has no archive`);
  return { file: join(folder, archive), version: /_([^_]+)\.orig\.tar/.exec(archive)?.[1] ?? 'unknown' };
}

function packagesFolder(): string {
  return join(cacheDir(), 'packages');
}

/** The options of an apt that knows one release of one architecture, and nothing of this machine; what it keeps lies in `work`. */
export async function privateState(
  work: string,
  { release, arch, kind = 'deb' }: Pick<PrivatePackage, 'release' | 'arch'> & { readonly kind?: 'deb' | 'deb-src' },
): Promise<string[]> {
  const [sources, state, cache, parts] = ['sources.list', 'state', 'cache', 'parts'].map((name) => join(work, name));
  for (const folder of [`${state}/lists/partial`, `${cache}/archives/partial`, `${parts}`]) {
    await mkdir(folder, { recursive: true });
  }
  await writeFile(`${sources}`, `${kind} [signed-by=${KEYS}] http://${HOST}/debian ${release} main\n`);
  return [
    ...[`Dir::Etc::sourcelist=${sources}`, `Dir::Etc::sourceparts=${parts}`, `Dir::State=${state}`],
    ...[`Dir::Cache=${cache}`, 'Dir::State::status=/dev/null', `APT::Architecture=${arch}`],
    // The user _apt may not write to a folder of ours.
    ...[`APT::Architectures=${arch}`, 'APT::Sandbox::User=root', 'Acquire::Languages=none'],
  ].flatMap((option) => ['-o', option]);
}

function failed(
  { release, name }: Pick<PrivatePackage, 'release' | 'name'>,
  why: string,
  cause?: unknown,
): HoplabError {
  return new HoplabError({
    code: 'SETUP_FAILED',
    message: `fetch the package ${name} of Debian ${release}: ${why}`,
    hint: `give the path of a file instead, or look whether ${HOST} can be reached`,
    cause,
  });
}
