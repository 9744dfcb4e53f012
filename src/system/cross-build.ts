// SPDX-License-Identifier: GPL-2.0-only
/** Builds what a guest of another architecture runs: static binaries, by Debian's cross compiler and its libraries for that architecture. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Arch } from '../model/lab-spec.ts';
import type { Requirement } from '../model/requirement.ts';
import { buildNative } from './native-build.ts';
import { AGENT_AND_TOOLS, GUEST_BPF_TOOLS, nativeBinary } from './paths.ts';
import { type FetchedPackage, fetchedPackage, fetchPackage, type PrivatePackage } from './private-apt.ts';

interface CrossTarget {
  readonly compiler: Extract<Requirement, { kind: 'tool' }>;
  /** No tool: the C library that binaries are linked with. */
  readonly library: { readonly file: string; readonly package: string };
  /** What loaders of BPF programs are linked with, and the commands of a shell in the guest. */
  readonly packages: PrivatePackage;
}

/** Whatever this machine runs: what is linked statically goes with every kernel. */
const RELEASE = 'bookworm';

/** Architectures that guests can have where the machine has another one. */
export const CROSS_TARGETS: Readonly<Partial<Record<Arch, CrossTarget>>> = {
  aarch64: {
    compiler: {
      kind: 'tool',
      name: 'aarch64-linux-gnu-gcc',
      package: 'gcc-aarch64-linux-gnu',
      packageIn: { suse: 'cross-aarch64-gcc13', arch: 'aarch64-linux-gnu-gcc', alpine: 'gcc-aarch64-none-elf' },
      minimum: null,
    },
    library: { file: '/usr/aarch64-linux-gnu/lib/libc.a', package: 'libc6-dev-arm64-cross' },
    packages: {
      release: RELEASE,
      arch: 'arm64',
      name: 'libbpf-dev',
      with: ['libelf-dev', 'zlib1g-dev', 'busybox-static'],
    },
  },
};

/** The C library where it is not there. */
export function missingLibraries(arch: Arch): string[] {
  const library = CROSS_TARGETS[arch]?.library;
  return library === undefined || existsSync(library.file) ? [] : [library.package];
}

/** Builds all that is not there, and names it. Throws SETUP_FAILED. */
export async function buildForArch(
  arch: Arch,
  { bpf, signal }: { readonly bpf: boolean; readonly signal: AbortSignal },
): Promise<string[]> {
  const target = CROSS_TARGETS[arch];
  if (target === undefined) throw new Error(`nothing is built for ${arch}`);
  const tools = [...AGENT_AND_TOOLS, ...(bpf ? GUEST_BPF_TOOLS : [])];
  const missing = tools.filter((tool) => !existsSync(nativeBinary(tool, arch)));
  if (missing.length === 0) return [];
  const { folder } = await packagesOf(target, signal);
  for (const tool of missing) {
    await buildNative(tool, signal, { arch, compiler: target.compiler.name, sysroot: folder });
  }
  return missing.map((tool) => `hoplab-${tool}`);
}

async function packagesOf({ packages }: CrossTarget, signal: AbortSignal): Promise<FetchedPackage> {
  return (await fetchedPackage(packages)) ?? (await fetchPackage(packages, signal));
}

/** The static busybox of another architecture; null where set-up did not bring it. */
export async function busyboxFor(arch: Arch): Promise<string | null> {
  const target = CROSS_TARGETS[arch];
  const fetched = target === undefined ? null : await fetchedPackage(target.packages);
  if (fetched === null) return null;
  const places = ['bin/busybox', 'usr/bin/busybox'].map((place) => join(fetched.folder, place));
  return places.find((place) => existsSync(place)) ?? null;
}
