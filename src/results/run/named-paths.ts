// SPDX-License-Identifier: GPL-2.0-only
/** What the report knows of a run's paths beside their samples: backend, order, which is a twin, which is the floor. */
import type { Run } from '../../run-store/read-run.ts';

export interface NamedPath {
  readonly name: string;
  readonly backend: string;
  readonly twinOf: string | null;
}

/** The kind of the path without a guest, the floor of every ratio. */
const HOST_BACKEND = 'host';

/**
 * The run's paths in the order of its tables: the floor first, then as planned, a twin behind the path it doubles. Where the
 * plan cannot be read, the lab file and the blocks say what they can.
 */
export function namedPaths(run: Run): readonly NamedPath[] {
  const found = new Map<string, NamedPath>();
  for (const { name, backend, twinOf } of run.plan?.paths ?? []) found.set(name, { name, backend, twinOf });
  for (const { name, backend } of run.spec?.paths ?? []) {
    if (!found.has(name)) found.set(name, { name, backend, twinOf: null });
  }
  for (const name of run.blocks.flatMap((block) => block.paths)) {
    if (!found.has(name)) found.set(name, { name, backend: name, twinOf: null });
  }
  const all = [...found.values()];
  const own = all.filter((path) => path.twinOf === null);
  // A Set: each path once, also those whose twinOf names nothing that is here.
  const ordered = [
    ...new Set([...own.flatMap((path) => [path, ...all.filter((p) => p.twinOf === path.name)]), ...all]),
  ];
  return [...ordered.filter(isHost), ...ordered.filter((path) => !isHost(path))];
}

export function isHost({ backend }: Pick<NamedPath, 'backend'>): boolean {
  return backend === HOST_BACKEND;
}
