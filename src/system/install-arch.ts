// SPDX-License-Identifier: GPL-2.0-only
/** Sets a machine up for guests of another architecture: what they run, and their kernel. */
import type { Arch } from '../model/lab-spec.ts';
import type { Requirement } from '../model/requirement.ts';
import { buildForArch, CROSS_TARGETS, missingLibraries } from './cross-build.ts';
import { readDistribution } from './distribution.ts';
import { findTool } from './find-tool.ts';

export interface OtherArch {
  readonly arch: Arch;
  /** What a VMM needs for such a guest. */
  readonly requirements: readonly Requirement[];
  /** Finds the guest kernel and names it; fetches it if it may and has to. */
  readonly guestKernel: (fetch: boolean, signal: AbortSignal) => Promise<string>;
}

/** All tools. */
export function requirementsFor({ arch, requirements }: OtherArch): Requirement[] {
  const target = CROSS_TARGETS[arch];
  return [...requirements, ...(target === undefined ? [] : [target.compiler])];
}

/** What is left to do by hand afterwards; `bpf` = the tools with a BPF part can be built. */
export async function setUpArch(
  { arch, guestKernel }: OtherArch,
  options: { readonly bpf: boolean; readonly signal: AbortSignal; readonly say: (line: string) => void },
): Promise<string[]> {
  const { say, signal } = options;
  const target = CROSS_TARGETS[arch];
  if (target === undefined) return [`${arch}: no cross compiler for it is known`];
  if ((await readDistribution()).family !== 'debian') {
    return [`guests of ${arch}: their parts are built and fetched on Debian and its like`];
  }
  const missing = [
    ...((await findTool(target.compiler.name)) === null ? [target.compiler.package] : []),
    ...missingLibraries(arch),
  ];
  if (missing.length > 0) return [`native parts for ${arch}: not built without ${missing.join(', ')}`];
  const built = await buildForArch(arch, options);
  say(`native parts for ${arch}: ${built.length === 0 ? 'up to date' : `built ${built.join(', ')}`}`);
  const there = await guestKernel(false, signal).catch(() => null);
  signal.throwIfAborted();
  if (there === null) say(`guest kernel for ${arch}: fetch Debian's cloud kernel`);
  say(`guest kernel for ${arch}: ${there ?? (await guestKernel(true, signal))}`);
  return [];
}
