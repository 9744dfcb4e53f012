// SPDX-License-Identifier: GPL-2.0-only
/** A command of the user's own, as a dry run shows it. */
import type { LabCommand } from '../../model/lab-spec.ts';

/** As it can be typed in the lab: words of the user's are shown as they are, whatever program they start. */
export function inHost({ on, run }: LabCommand): string[] {
  return ['ip', 'netns', 'exec', on, ...run];
}
