// SPDX-License-Identifier: GPL-2.0-only
/** The interface of a wire: a kind of link between host1 and host2 that a path has for itself. */
import type { z } from 'zod';
import type { Host } from '../model/place.ts';
import type { PlannedMachines, Step, Wire } from '../model/plan.ts';
import type { Requirement } from '../model/requirement.ts';

/** An interface that a machine lends. */
export interface Borrowed {
  readonly place: Host;
  /** Its name on the machine, and in the lab. */
  readonly device: string;
  readonly as: string;
  /** The user says that what uses it may lose it. */
  readonly mine: boolean;
}

export interface WireKind {
  /** The word in lab files and plans. */
  readonly kind: string;
  /** One line: what it is, and what it can carry. */
  readonly summary: string;
  /** Data; the core probes it. */
  readonly requires: readonly Requirement[];
  /** Pure: why it cannot link hosts on these machines, of a path that tells it this; null = it can. */
  misfit(machines: PlannedMachines, told?: Wire['options']): string | null;
  /** What a lab file tells it: `wire: {KIND: VALUE}`; absent = nothing. */
  readonly options?: z.ZodType<Readonly<Record<string, unknown>>>;
  /**
   * Pure: what the machines lend for it before the steps, and are given back at any end; of two paths that borrow the same only one can
   * be attached. Absent = nothing.
   */
  borrows?(wire: Wire): readonly Borrowed[];
  /**
   * Pure: the steps that make both ends, host1's up and with its address; host2's belongs to the backend. Their undos give
   * back whatever was there before.
   */
  plan(wire: Wire): readonly Step[];
}
