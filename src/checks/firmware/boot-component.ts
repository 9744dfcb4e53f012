// SPDX-License-Identifier: GPL-2.0-only
/** Which part of U-Boot started an application: told from what it said just before. */
import type { ConsoleLine } from '../../guest/firmware/console-line.ts';
import type { EfiReport } from './efi-report.ts';

const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/^Found EFI removable media binary/i, 'distro script'],
  [/^\*\* Booting bootflow .* with efi_mgr/, 'boot manager'],
  [/^\*\* Booting bootflow .* with efi/, 'boot flow'],
  [/^Booting: /, 'boot manager'],
];

/** The last sign before it; "prompt" where there is none: it was started by hand. */
export function bootComponent({ before, entry }: EfiReport): {
  readonly name: string;
  readonly lines: readonly ConsoleLine[];
} {
  for (const line of [...before].reverse()) {
    const sign = SIGNS.find(([pattern]) => pattern.test(line.text));
    if (sign !== undefined) return { name: sign[1], lines: [line] };
  }
  return { name: entry === null ? 'prompt' : 'boot manager', lines: entry === null ? [] : [entry.line] };
}
