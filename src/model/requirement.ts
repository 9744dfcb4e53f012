// SPDX-License-Identifier: GPL-2.0-only
/** What a feature needs from the machine, as data: the core probes it, doctor prints it, set-up installs it. */

import type { Arch } from './lab-spec.ts';

export type PackageFamily = 'debian' | 'fedora' | 'suse' | 'arch' | 'alpine' | 'other';

/** Debian's name of a package -> its name elsewhere, where it differs. null: that distribution has none we know of. */
export type PackageNames = Readonly<Record<string, Readonly<Partial<Record<PackageFamily, string | null>>>>>;

export type Requirement =
  /** An executable on PATH, and the Debian package that brings it. */
  | {
      readonly kind: 'tool';
      readonly name: string;
      readonly package: string;
      /** What other distributions call that package; absent = as system/distribution.ts knows it. */
      readonly packageIn?: PackageNames[string];
      /** Lowest version that works, from `--version`; null = any. */
      readonly minimum: string | null;
    }
  /** A device node, and the module that makes it. */
  | { readonly kind: 'device'; readonly path: string; readonly module: string | null }
  /** A type of link that the kernel must offer: tun, veth, bridge, macvtap. */
  | { readonly kind: 'link-type'; readonly type: string; readonly module: string | null }
  /** A module of the kernel, loaded or loadable. */
  | { readonly kind: 'module'; readonly module: string }
  /** A kernel of that version or later with its own type information (BTF), which programs are fitted to when loaded. */
  | { readonly kind: 'kernel'; readonly minimum: string; readonly btf: true }
  /**
   * Files that set-up makes or fetches: the native parts, those with a BPF program, the guest's kernel. With an
   * architecture: those of a guest that has another one than this machine.
   */
  | { readonly kind: 'artifact'; readonly artifact: 'native' | 'bpf' | 'guest-kernel'; readonly arch?: Arch }
  /** A NIC by an interface or its address, null = none is named: a guest's, as a whole or a function of it, or an end of a cable. */
  | { readonly kind: 'nic'; readonly nic: string | null; readonly use: 'whole' | 'function' | 'end' }
  | { readonly kind: 'root' }
  | { readonly kind: 'linux' };

export interface RequirementStatus {
  readonly requirement: Requirement;
  readonly met: boolean;
  /** What was found, or what came back: "/usr/bin/passt", "not found on PATH". */
  readonly found: string;
  /** The command that would change it; empty when met. */
  readonly hint: string;
}
