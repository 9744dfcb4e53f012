// SPDX-License-Identifier: GPL-2.0-only
/** A line of a report's text, and where it stands. */
export interface RegionLine {
  readonly text: string;
  /** In its file, from 1. */
  readonly line: number;
}
