// SPDX-License-Identifier: GPL-2.0-only
/** How a list shows a run folder, of whatever kind. Tolerant: a damaged folder is an entry that says what is wrong. */
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { RUN_FILES } from '../run-store/layout.ts';
import { listRun } from '../run-store/list-runs.ts';
import { readJson } from '../run-store/read-file.ts';
import { areSamplesGone, SAMPLES_GONE } from '../run-store/samples-gone.ts';
import { plainText } from '../words/plain-text.ts';
import type { IndexedCell, IndexedRun } from './indexed-run.ts';

/** More names or figures than any lab has: a hostile folder must not fill an index. */
export const MOST = 512;
const NAME = 60;

const text = z.string();
const environmentPart = z.object({ hostname: text, kernel: z.object({ release: text }) });
const specPart = z.object({ paths: z.array(z.object({ name: text })), probes: z.array(z.object({ name: text })) });
const headPart = z.object({ tool: z.object({ version: text }) });

/** What a kind knows of its own folders beside what all of them have. */
export interface OwnEntry {
  readonly kind: string;
  readonly cells: readonly IndexedCell[];
}

/** null where the folder is gone or is none of ours. Reads three small files. */
export function runEntry(folder: string, { kind, cells }: OwnEntry): IndexedRun | null {
  const name = basename(folder);
  const listed = listRun(dirname(folder), name);
  if (listed === null) return null;
  const head = readPart(join(folder, RUN_FILES.header), headPart);
  const environment = readPart(join(folder, RUN_FILES.environment), environmentPart);
  const spec = readPart(join(folder, RUN_FILES.spec), specPart);
  return {
    id: name,
    kind,
    label: listed.label,
    state: listed.state,
    startedAt: listed.startedAt ?? startOf(name),
    endedAt: listed.endedAt,
    argv: listed.argv.slice(0, MOST),
    paths: entryNames(spec?.paths.map((path) => path.name) ?? cells.map(({ path }) => path)),
    probes: entryNames(spec?.probes.map((probe) => probe.name) ?? cells.map(({ probe }) => probe)),
    cells,
    version: entryName(head?.tool.version ?? ''),
    kernel: entryName(environment?.kernel.release ?? ''),
    hostname: entryName(environment?.hostname ?? ''),
    problem:
      listed.problem ??
      problemOf(listed.state, { hasSpec: spec !== null, hasCells: cells.length > 0, isGone: areSamplesGone(folder) }),
    outcome: null,
  };
}

/** What the head does not tell. */
function problemOf(
  state: string,
  { hasSpec, hasCells, isGone }: Readonly<Record<'hasSpec' | 'hasCells' | 'isGone', boolean>>,
): string | null {
  if (state === 'died') return 'its process is gone, and it never said that it ended';
  if (state === 'running') return null;
  if (isGone) return SAMPLES_GONE;
  if (state !== 'finished') return null;
  if (!hasSpec) return 'spec.json is missing or cannot be read';
  return hasCells ? null : 'no results.json that could be read';
}

/** null: it cannot be read. The folder's own page says what is wrong with which file. */
export function readPart<T>(path: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.safeParse(readJson(path)).data ?? null;
  } catch {
    return null;
  }
}

export function entryName(name: string): string {
  return plainText(name, NAME);
}

export function entryNames(all: readonly string[]): string[] {
  return [...new Set(all.slice(0, MOST).map(entryName))];
}

/** "20260302-093000-cafe" says when. A date that there is not becomes the epoch's first second. */
export function startOf(id: string): string {
  const moment = new Date(id.replace(/^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d).*$/, '$1-$2-$3T$4:$5:$6.000Z'));
  return Number.isNaN(moment.getTime()) ? new Date(0).toISOString() : moment.toISOString();
}
