// SPDX-License-Identifier: GPL-2.0-only
/** Why a firmware did not do what it was asked: one reason each, in words. */

import type { ConsoleLine } from './console-line.ts';

export type FaultKind = 'silent' | 'hangs' | 'resets' | 'garbage' | 'ended';

/** Thrown by a console; whoever asks makes a verdict or an error of it. */
export class FirmwareFault extends Error {
  readonly kind: FaultKind;
  /** What it had said to the order before. */
  readonly lines: readonly ConsoleLine[];

  constructor(kind: FaultKind, message: string, lines: readonly ConsoleLine[]) {
    super(message);
    this.lines = lines;
    this.name = 'FirmwareFault';
    this.kind = kind;
  }
}
