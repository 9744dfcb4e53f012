// SPDX-License-Identifier: GPL-2.0-only
/** How a list shows a diagnosis. Tolerant: a damaged folder is an entry that says what is wrong. */
import { basename, join } from 'node:path';
import { z } from 'zod';
import { DIAGNOSIS_FILE } from '../../run-store/diagnosis-folder.ts';
import { readFailure, readJson } from '../../run-store/read-file.ts';
import { plainText } from '../../words/plain-text.ts';
import type { IndexedRun } from '../indexed-run.ts';
import { entryName, entryNames, MOST, startOf } from '../run-entry.ts';

const text = z.string();
const diagnosisPart = z.object({
  tool: z.object({ version: text }),
  startedAt: z.iso.datetime(),
  argv: z.array(text),
  kernel: text,
  paths: z.array(
    z.object({
      path: text,
      failed: z.unknown().nullable(),
      ladders: z.array(z.object({ rungs: z.array(z.object({ outcome: text })) })),
    }),
  ),
});

export function diagnosisEntry(folder: string): IndexedRun {
  const name = basename(folder);
  const empty: IndexedRun = {
    id: name,
    kind: 'diagnosis',
    label: null,
    state: 'unreadable',
    startedAt: startOf(name),
    endedAt: null,
    argv: [],
    paths: [],
    probes: [],
    cells: [],
    version: '',
    kernel: '',
    hostname: '',
    problem: null,
    outcome: null,
  };
  let raw: unknown;
  try {
    raw = readJson(join(folder, DIAGNOSIS_FILE));
  } catch (error) {
    const why = readFailure(error);
    const problem =
      why === 'missing' ? 'no diagnosis.json: it is under way, or ended early' : `${DIAGNOSIS_FILE}: ${why}`;
    return { ...empty, problem };
  }
  const parsed = diagnosisPart.safeParse(raw);
  if (!parsed.success) return { ...empty, problem: `${DIAGNOSIS_FILE}: not a diagnosis` };
  const { paths, argv, kernel, startedAt, tool } = parsed.data;
  const well = paths.filter(
    ({ failed, ladders }) =>
      failed === null && ladders.every(({ rungs }) => rungs.every(({ outcome }) => outcome !== 'fail')),
  );
  return {
    ...empty,
    state: 'finished',
    startedAt,
    argv: argv.slice(0, MOST).map((word) => plainText(word)),
    paths: entryNames(paths.map((one) => one.path)),
    version: entryName(tool.version),
    kernel: entryName(kernel),
    outcome: well.length === paths.length ? 'every path passes' : `${well.length} of ${paths.length} paths pass`,
  };
}
