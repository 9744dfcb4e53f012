// SPDX-License-Identifier: GPL-2.0-only
/** Builds the native parts with make, into the cache; what is there already costs a look. */
import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { ARCHES, type Arch } from '../model/lab-spec.ts';
import type { Requirement } from '../model/requirement.ts';
import { run } from './exec.ts';
import { builtNatives, type NativeTool, nativeBinary, nativeFolder } from './paths.ts';

/** What building needs. */
export const BUILD_REQUIREMENTS: readonly Requirement[] = [
  { kind: 'tool', name: 'make', package: 'make', minimum: null },
  { kind: 'tool', name: 'gcc', package: 'gcc', minimum: null },
  { kind: 'tool', name: 'cc', package: 'gcc', minimum: null },
  { kind: 'tool', name: 'musl-gcc', package: 'musl-tools', minimum: null },
];

/** What building the tools with a BPF part needs besides. */
export const BPF_BUILD_REQUIREMENTS: readonly Requirement[] = [
  { kind: 'tool', name: 'clang', package: 'clang', minimum: null },
];

/** The kernel's headers are no tool, and musl brings none of its own. */
const BUILD_HEADERS = { file: '/usr/include/linux/if_link.h', package: 'linux-libc-dev' } as const;

/** No tools either: loaders are linked with these libraries, BPF programs include their headers. */
const BPF_LIBRARIES = [
  { file: '/usr/include/bpf/libbpf.h', package: 'libbpf-dev' },
  { file: '/usr/include/libelf.h', package: 'libelf-dev' },
  { file: '/usr/include/zlib.h', package: 'zlib1g-dev' },
] as const;

/** The packages of the headers and libraries that are not there. */
export function missingHeaderPackages({ bpf }: { readonly bpf: boolean }): string[] {
  const wanted = bpf ? BPF_LIBRARIES : [BUILD_HEADERS];
  return wanted.filter(({ file }) => !existsSync(file)).map((one) => one.package);
}

/** Another architecture than this machine's. */
interface Cross {
  readonly arch: Arch;
  readonly compiler: string;
  /** Where the libraries of its tools with a BPF part lie. */
  readonly sysroot: string;
}

/** Builds one native part; true if it was not there. Throws SETUP_FAILED with what the compiler said. */
export async function buildNative(tool: NativeTool, signal: AbortSignal, cross?: Cross): Promise<boolean> {
  const binary = nativeBinary(tool, cross?.arch);
  // What it is built from is in its name.
  if (existsSync(binary)) return false;
  const argv = ['make', '--no-print-directory', '-C', nativeFolder(tool), `OUT=${binary}`];
  if (cross !== undefined) argv.push(`CC=${cross.compiler}`, `SYSROOT=${cross.sysroot}`);
  try {
    await run(argv, { signal, timeoutMs: 120_000, what: `build hoplab-${tool}` });
  } catch (error) {
    signal.throwIfAborted();
    throw new HoplabError({
      code: 'SETUP_FAILED',
      message: reasonOf(error),
      hint: argv.filter((word) => word !== '--no-print-directory').join(' '),
      cause: error,
    });
  }
  return true;
}

/** Beyond this, a build of other sources is of a version that nobody uses any more. */
const KEPT_MS = 30 * 24 * 3600 * 1000;

/** Removes builds of other sources that are a month old. */
export async function removeOldNatives(): Promise<void> {
  const all = dirname(builtNatives());
  const own = ARCHES.map((arch) => builtNatives(arch));
  for (const name of await readdir(all).catch(() => [])) {
    const folder = join(all, name);
    if (own.includes(folder)) continue;
    const { mtimeMs } = await stat(folder);
    if (Date.now() - mtimeMs > KEPT_MS) await rm(folder, { recursive: true, force: true });
  }
}
