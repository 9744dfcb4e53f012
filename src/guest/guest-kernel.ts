// SPDX-License-Identifier: GPL-2.0-only
/** A kernel that a guest can boot. */
import type { GuestArch } from './arch.ts';

export interface GuestKernel {
  readonly arch: GuestArch;
  readonly imagePath: string;
  /** null where a compressed image does not tell it; the agent's hello does. */
  readonly release: string | null;
  /** null: everything that the guest needs is built in. */
  readonly modulesDir: string | null;
  /** For reports: "Debian linux-image-6.1.0-56-cloud-amd64 6.1.192-2", "host", the file's path. */
  readonly source: string;
}
