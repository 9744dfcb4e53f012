// SPDX-License-Identifier: GPL-2.0-only
/** The builds that are columns: those of Debian's packages, by their version, a file, or one that is built from a fragment. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isErrno } from '../../model/errno.ts';
import { HoplabError, reasonOf } from '../../model/errors.ts';
import { type FetchedPackage, fetchedPackage, fetchPackage, type PrivatePackage } from '../../system/private-apt.ts';
import type { OpenContext } from '../check.ts';
import { buildFirmware } from './own-build.ts';

export interface Build {
  readonly id: string;
  readonly title: string;
  readonly file: string;
  /** "Debian u-boot-qemu 2023.01+dfsg-2+deb12u3 (bookworm)", or "a file". */
  readonly source: string;
  readonly sha256: string;
  /** Of a build from a fragment: its lines; empty of any other. */
  readonly configuration: readonly string[];
}

/** U-Boot's version -> the release whose package has it. */
const DEBIAN_BUILDS: Readonly<Record<string, string>> = { '2023.01': 'bookworm', '2025.01': 'trixie' };
export const STOCK_BUILDS: readonly string[] = Object.keys(DEBIAN_BUILDS);

const FILE_IN_PACKAGE = 'usr/lib/u-boot/qemu_arm64/u-boot.bin';
/** Of a configuration; what Kconfig calls a fragment. */
const FRAGMENT = '.config';
const ELF = '\x7fELF';

/** Throws USAGE for a word that is neither, and for a file that this machine cannot start from. */
export async function findBuild(word: string, flashBytes: number, { signal, say }: OpenContext): Promise<Build> {
  const release = DEBIAN_BUILDS[word];
  if (release !== undefined) {
    const found = await stockPackage(word, release, { signal, say });
    const file = join(found.folder, FILE_IN_PACKAGE);
    const source = `Debian u-boot-qemu ${found.version} (${release})`;
    return {
      id: word,
      title: `U-Boot ${word}`,
      file,
      source,
      sha256: digest(await readBuild(file, flashBytes)),
      configuration: [],
    };
  }
  const file = resolve(word);
  if (file.endsWith(FRAGMENT) && existsSync(file)) {
    const { file: made, source, configuration } = await buildFirmware(file, { signal, say });
    const id = basename(file, FRAGMENT);
    const sha256 = digest(await readBuild(made, flashBytes));
    return { id, title: `U-Boot by ${basename(file)}`, file: made, source, sha256, configuration };
  }
  const content = await readBuild(file, flashBytes);
  return {
    id: basename(word),
    title: basename(word),
    file,
    source: 'a file',
    sha256: digest(content),
    configuration: [],
  };
}

/** Fetches those of Debian's builds that are not in the cache. Throws SETUP_FAILED. */
export async function fetchStockBuilds(context: OpenContext): Promise<void> {
  for (const [word, release] of Object.entries(DEBIAN_BUILDS)) await stockPackage(word, release, context);
}

async function stockPackage(word: string, release: string, { signal, say }: OpenContext): Promise<FetchedPackage> {
  const wanted: PrivatePackage = { release, arch: 'arm64', name: 'u-boot-qemu' };
  const found = await fetchedPackage(wanted);
  if (found !== null) return found;
  say(`fetch U-Boot ${word}: the package u-boot-qemu of Debian ${release}, unpacked into the cache`);
  return fetchPackage(wanted, signal);
}

async function readBuild(file: string, flashBytes: number): Promise<Buffer> {
  const bad = (why: string, hint: string, cause?: unknown): HoplabError =>
    new HoplabError({ code: 'USAGE', message: `start a machine from ${file}: ${why}`, hint, cause });
  const known = `name a build or a file: Debian's builds are ${STOCK_BUILDS.join(' and ')}`;
  const { size, regular } = await stat(file).then(
    (found) => ({ size: found.size, regular: found.isFile() }),
    (error: unknown) => {
      throw bad(isErrno(error, ['ENOENT']) ? 'there is no such file' : reasonOf(error), known, error);
    },
  );
  // Before it is read: a device has no end.
  if (!regular) throw bad('it is no regular file', known);
  if (size === 0) throw bad('it is empty', 'give the u-boot.bin of a build for qemu_arm64');
  if (size > flashBytes) {
    throw bad(
      `it has ${(size / (1 << 20)).toFixed(1)} MiB, and the flash of the machine holds ${flashBytes >> 20} MiB`,
      'give the u-boot.bin alone',
    );
  }
  const content = await readFile(file).catch((error: unknown) => {
    throw bad(reasonOf(error), known, error);
  });
  if (content.toString('latin1', 0, 4) === ELF) throw bad('it is an ELF file', 'give the u-boot.bin beside it');
  return content;
}

function digest(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** What the file's first instruction is of, where a machine that starts from it says nothing. */
export async function archHint(file: string): Promise<string> {
  const content = await readFile(file);
  const top = content.length >= 4 ? (content[3] ?? 0) : 0;
  // ARM: a branch is 0xea...... on 32 bits, and 0b000101.. on 64; MZ begins an arm64 image with an EFI stub.
  if (top >> 2 === 0b000101 || content.toString('latin1', 0, 2) === 'MZ') return '';
  if (top === 0xea) return '; its first instruction is one of 32-bit ARM';
  return '; its first word is no instruction with which an arm64 firmware begins';
}
