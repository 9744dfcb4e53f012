// SPDX-License-Identifier: GPL-2.0-only
/** What QEMU must be told by architecture: machine types, consoles, kernel parameters. */

import type { GuestArch } from '../../guest/arch.ts';
import { aarch64 } from './arch/aarch64.ts';
import type { ArchTraits } from './arch/traits.ts';
import { x86_64 } from './arch/x86-64.ts';

const TRAITS: Readonly<Record<GuestArch, ArchTraits>> = { x86_64, aarch64 };

export function archTraits(arch: GuestArch): ArchTraits {
  return TRAITS[arch];
}
