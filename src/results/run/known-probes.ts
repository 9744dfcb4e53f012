// SPDX-License-Identifier: GPL-2.0-only
/** The probes of a run, from its lab file, or from its plan where that cannot be read. */
import type { Measure } from '../../model/measure.ts';
import type { ProbeSpec } from '../../model/probe-spec.ts';
import { probeOf } from '../../probes/index.ts';
import type { Run } from '../../run-store/read-run.ts';

export function knownProbes({ spec, plan }: Pick<Run, 'spec' | 'plan'>): readonly ProbeSpec[] {
  const known = new Map<string, ProbeSpec>();
  for (const probe of spec?.probes ?? []) known.set(probe.name, probe);
  for (const { probe } of plan?.blocks ?? []) if (!known.has(probe.name)) known.set(probe.name, probe);
  return [...known.values()];
}

/** What the blocks of a probe are compared by; null of one that is not known: its figures would mean nothing. */
export function measureOf(run: Pick<Run, 'spec' | 'plan'>, probe: string): Measure | null {
  const known = knownProbes(run).find(({ name }) => name === probe);
  return known === undefined ? null : probeOf(known.protocol).measure(known);
}
