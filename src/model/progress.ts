// SPDX-License-Identifier: GPL-2.0-only
/** How long work tells a waiting user where it is; the CLI implements it, the lab calls it. */
export interface Progress {
  /** Shows `title` while `work` runs, then its time, or that it failed. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** One line that stays. */
  note(text: string): void;
  /**
   * The same as `step` for a block that is measured: it is shown before, its time after, and in between nothing is
   * printed and no timer runs.
   */
  measure<T>(block: BlockUnderWay, work: () => Promise<T>): Promise<T>;
  /** No block follows: what comes next begins on a line of its own. */
  endBlocks(): void;
}

/** A block that is about to be measured, in the words of who waits for it. */
export interface BlockUnderWay {
  /** "tcp-rr, draw 2 of 4: ovs against tap". */
  readonly title: string;
  /** From 1. */
  readonly number: number;
  readonly of: number;
  /** Until the last of them is measured, this one included. */
  readonly leftMs: number;
  /** "p50 in us: tap 180, ovs 316"; empty before there is one. */
  readonly soFar: string;
}
