// SPDX-License-Identifier: GPL-2.0-only
/** The interface of a wire: a kind of link between host1 and host2 that a path has for itself. */
import type { PlannedMachines, Step, Wire } from '../model/plan.ts';
import type { Requirement } from '../model/requirement.ts';

export interface WireKind {
  /** The word in lab files and plans. */
  readonly kind: string;
  /** One line: what it is, and what it can carry. */
  readonly summary: string;
  /** Data; the core probes it. */
  readonly requires: readonly Requirement[];
  /** Pure: why it cannot link hosts on these machines; null = it can. */
  misfit(machines: PlannedMachines): string | null;
  /**
   * Pure: the steps that make both ends, host1's up and with its address; host2's belongs to the backend. Their undos give
   * back whatever was there before.
   */
  plan(wire: Wire): readonly Step[];
}
