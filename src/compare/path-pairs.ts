// SPDX-License-Identifier: GPL-2.0-only
/** Which path of one side stands beside which of the other, and which of them are the controls of the rest. */
import type { ProbeSpec } from '../model/probe-spec.ts';
import type { NamedPath } from '../results/run/named-paths.ts';
import { type ProbeMatch, probeKey } from './match-probes.ts';
import type { MeasuredRun } from './measure-run.ts';

export interface PathPair {
  readonly path: string;
  readonly candidatePath: string;
}

/** Of a side: the one path of it; null = every path. */
interface Chosen {
  readonly path: string | null;
}

/** In the order of the baseline's tables. */
export function pathPairs(
  [baseline, before]: readonly [Chosen, readonly MeasuredRun[]],
  [candidate, after]: readonly [Chosen, readonly MeasuredRun[]],
  match: ProbeMatch,
  only: readonly string[] | null,
): readonly PathPair[] {
  const chosen = baseline.path ?? candidate.path;
  if (chosen !== null) return [{ path: chosen, candidatePath: candidate.path ?? chosen }];
  const names = (runs: readonly MeasuredRun[], probe: ProbeSpec): string[] => {
    const measured = new Set(
      runs.flatMap((run) =>
        [...run.blocks, ...run.leftOut]
          .filter(({ block }) =>
            run.probes.some((own) => own.name === block.probe && probeKey(own) === probeKey(probe)),
          )
          .flatMap(({ block }) => block.paths),
      ),
    );
    const ordered = [...new Set(runs.flatMap(({ paths }) => paths.map(({ name }) => name)))];
    return ordered.filter((name) => measured.has(name) && (only === null || only.includes(name)));
  };
  const [a, b] = [names(before, match.baseline), names(after, match.candidate)];
  return [...new Set([...a, ...b])].map((name) => ({ path: name, candidatePath: name }));
}

/**
 * The controls that the pairs leave out, where paths were chosen: a twin beside the path that it doubles where two paths of
 * the same runs are compared, else beside itself on the other side.
 */
export function controlPairs(
  runs: readonly MeasuredRun[],
  pairs: readonly PathPair[],
  inside: boolean,
): readonly PathPair[] {
  const twins = new Map(runs.flatMap(({ paths }) => paths).map(({ name, twinOf }) => [name, twinOf]));
  return [...twins].flatMap(([name, twinOf]): PathPair[] => {
    if (twinOf === null) return [];
    const pair = { path: inside ? twinOf : name, candidatePath: name };
    const isThere = pairs.some(
      ({ path, candidatePath }) => [path, candidatePath].sort().join('\n') === [pair.path, name].sort().join('\n'),
    );
    return isThere ? [] : [pair];
  });
}

/** The path that this pair is the control of: a twin beside itself, or beside what it doubles; null = none. */
export function controlOf({ path, candidatePath }: PathPair, paths: readonly NamedPath[]): string | null {
  const twinOf = (name: string): string | null => paths.find((one) => one.name === name)?.twinOf ?? null;
  if (path === candidatePath || twinOf(candidatePath) === path) return twinOf(candidatePath);
  return twinOf(path) === candidatePath ? candidatePath : null;
}
