// SPDX-License-Identifier: GPL-2.0-only
/** A line that a firmware printed, and when: since its start. */
export interface ConsoleLine {
  readonly text: string;
  readonly atMs: number;
}
