// SPDX-License-Identifier: GPL-2.0-only
/** A trace: where the time of a round trip goes, hop by hop. */
import { join } from 'node:path';
import { z } from 'zod';
import { traceReportSchema } from '../../results/trace/schema.ts';
import { RUN_FILES } from '../../run-store/layout.ts';
import { readRun } from '../../run-store/read-run.ts';
import { RUNS } from '../../run-store/shelf.ts';
import type { Experiment } from '../experiment.ts';
import type { IndexedCell } from '../indexed-run.ts';
import { entryName, MOST, readPart, runEntry } from '../run-entry.ts';

export const trace: Experiment = {
  name: 'trace',
  shelf: RUNS,
  schema: traceReportSchema,
  entry: (folder) => runEntry(folder, { kind: 'trace', cells: cellsOf(folder) }),
  async read(folder, { version }) {
    const { showTrace } = await import('./show.ts');
    return showTrace(await readRun(folder), version);
  },
  blocks: readRun,
  lacks: { figures: { why: 'whose latencies hold the cost of tracing', hint: 'hoplab run' } },
};

const text = z.string();
const resultsPart = z.object({
  probe: z.object({ name: text }),
  k: z.number(),
  paths: z.array(z.object({ path: text, plainP50Ns: z.number().nullable() })),
});

/** Of the untraced blocks. */
function cellsOf(folder: string): IndexedCell[] {
  const results = readPart(join(folder, RUN_FILES.results), resultsPart);
  if (results === null) return [];
  const probe = entryName(results.probe.name);
  return results.paths.slice(0, MOST).flatMap(({ path, plainP50Ns }) => {
    return plainP50Ns === null ? [] : [{ path: entryName(path), probe, k: results.k, n: 0, p50Ns: plainP50Ns }];
  });
}
