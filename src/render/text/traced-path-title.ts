// SPDX-License-Identifier: GPL-2.0-only
/** The title of a traced path: its name, and how it was measured. */
import type { TracedPath, TraceReport } from '../../model/trace-report.ts';
import { formatHeading } from '../../words/format.ts';

export interface TracedPathTitle {
  readonly name: string;
  readonly key: string;
}

export function tracedPathTitle(path: TracedPath, report: TraceReport): TracedPathTitle {
  const guest = hasGuest(path);
  const rotation = guest && report.k !== 1 ? `K = ${report.k} paths in rotation` : 'alone';
  return {
    name: path.path === path.backend ? path.path : `${path.path} (${path.backend})`,
    key: formatHeading(report.probe, rotation, guest && report.machine.accel === 'tcg'),
  };
}

/** The results of a trace name the backend alone; one kind has no guest. */
function hasGuest({ backend }: TracedPath): boolean {
  return backend !== 'host';
}
