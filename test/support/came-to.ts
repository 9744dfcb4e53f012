// SPDX-License-Identifier: GPL-2.0-only
/** What a comparison came to in one word: its direction where it found a difference, and "invalid" where it is void. */
import type { Outcome, Tendency, Validity } from '../../src/model/result.ts';

interface Judged {
  readonly outcome: Outcome;
  readonly direction: Tendency;
  readonly validity: Validity;
}

export function cameTo({ outcome, direction, validity }: Judged): string {
  return validity === 'invalid' ? 'invalid' : (direction ?? outcome);
}
