// SPDX-License-Identifier: GPL-2.0-only
/** How long work tells a waiting user where it is; the CLI implements it, the lab calls it. */
export interface Progress {
  /** Shows `title` while `work` runs, then its time, or that it failed. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** One line that stays. */
  note(text: string): void;
  /**
   * The same as `step` for a block that is measured: `title` is printed before, the time after, and in between
   * nothing is printed and no timer runs.
   */
  measure<T>(title: string, work: () => Promise<T>): Promise<T>;
}
