// SPDX-License-Identifier: GPL-2.0-only
/** A run: backends measured side by side. */
import { join } from 'node:path';
import { z } from 'zod';
import { otherUnits } from '../../model/unit.ts';
import { buildReport } from '../../results/run/build.ts';
import { reportSchema } from '../../results/run/schema.ts';
import { RUN_FILES } from '../../run-store/layout.ts';
import { readRun } from '../../run-store/read-run.ts';
import { RUNS } from '../../run-store/shelf.ts';
import type { Experiment } from '../experiment.ts';
import type { IndexedCell } from '../indexed-run.ts';
import { entryName, MOST, readPart, runEntry } from '../run-entry.ts';

export const run: Experiment = {
  name: 'run',
  shelf: RUNS,
  schema: reportSchema,
  entry: (folder) => runEntry(folder, { kind: 'run', cells: cellsOf(folder) }),
  async read(folder, wanted) {
    const { showRun } = await import('./show.ts');
    return showRun(await readRun(folder), wanted);
  },
  blocks: readRun,
  figures: buildReport,
};

const text = z.string();
const resultsPart = z.object({
  probes: z.array(
    z.object({
      probe: z.object({ name: text }),
      k: z.number(),
      cells: z.array(
        z.union([
          z.object({ path: text, twinOf: text.nullish(), n: z.number(), p50Ns: z.number() }),
          z.object({ path: text, twinOf: text.nullish(), n: z.number(), p50: z.number(), unit: z.enum(otherUnits()) }),
        ]),
      ),
    }),
  ),
});

function cellsOf(folder: string): IndexedCell[] {
  const results = readPart(join(folder, RUN_FILES.results), resultsPart);
  const cells = (results?.probes ?? []).flatMap(({ probe, k, cells: rows }) =>
    rows
      // A control is no path to choose.
      .filter(({ twinOf }) => twinOf === null || twinOf === undefined)
      .map(({ path, n, twinOf: _, ...p50 }) => ({ path: entryName(path), probe: entryName(probe.name), k, n, ...p50 })),
  );
  return cells.slice(0, MOST);
}
