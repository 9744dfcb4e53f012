/** Reads from a folder what the index keeps of it. Tolerant: a damaged folder is an entry that says what is wrong. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isRunId, RUN_FILES } from '../run-store/layout.ts';
import { listRun } from '../run-store/list-runs.ts';
import { readFailure, readJson } from '../run-store/read-file.ts';
import { plainText } from '../words/plain-text.ts';
import type { IndexedCell, IndexedKind, IndexedRun } from './indexed-run.ts';

/** Where the diagnoses are, in the folder of runs. */
export const DIAGNOSES = 'diagnoses';
export const DIAGNOSIS_FILE = 'diagnosis.json';

/** More names or figures than any lab has: a hostile folder must not fill the index. */
const MOST = 512;
const NAME = 60;

/** A stamp of this kind never equals another one, so that the folder is read again next time. */
const ALWAYS_STALE = '';
/** A file system's clock is coarse: what changed that recently may change again under the same time. */
const RACY_MS = 50;

export interface ReadEntry {
  readonly run: IndexedRun;
  /** Changes with the folder; "" = read it again next time. */
  readonly stamp: string;
}

/** null where the folder is gone or is none of ours. Reads at most four small files. */
export function readIndexed(root: string, folder: 'run' | 'diagnosis', name: string): ReadEntry | null {
  if (!isRunId(name)) return null;
  const path = entryPath(root, folder, name);
  const before = stampOf(path, folder);
  if (before === null) return null;
  const run = folder === 'run' ? readRunEntry(root, name) : readDiagnosisEntry(path, name);
  return run === null ? null : { run, stamp: before.changedMs > Date.now() - RACY_MS ? ALWAYS_STALE : before.stamp };
}

export function entryPath(root: string, folder: 'run' | 'diagnosis', name: string): string {
  return folder === 'run' ? join(root, name) : join(root, DIAGNOSES, name);
}

/**
 * Every file of a run folder is renamed into place, which changes the folder's own times; its head is looked at as well,
 * because a hand may have edited it. null: there is no such folder.
 */
export function stampOf(path: string, folder: 'run' | 'diagnosis'): { stamp: string; changedMs: number } | null {
  const own = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (own === undefined || !own.isDirectory()) return null;
  const head = lstatSync(join(path, folder === 'run' ? RUN_FILES.header : DIAGNOSIS_FILE), {
    bigint: true,
    throwIfNoEntry: false,
  });
  const parts = [own.ino, own.mtimeNs, own.ctimeNs, head?.ino ?? 0n, head?.mtimeNs ?? 0n, head?.size ?? 0n];
  const changedMs = Number(own.mtimeMs > (head?.mtimeMs ?? 0n) ? own.mtimeMs : (head?.mtimeMs ?? 0n));
  return { stamp: parts.join('-'), changedMs };
}

const text = z.string();
const environmentPart = z.object({ hostname: text, kernel: z.object({ release: text }) });
const specPart = z.object({ paths: z.array(z.object({ name: text })), probes: z.array(z.object({ name: text })) });
const headPart = z.object({ tool: z.object({ version: text }), kind: text.optional() });
const resultsPart = z.object({
  probes: z.array(
    z.object({
      probe: z.object({ name: text }),
      k: z.number(),
      cells: z.array(z.object({ path: text, n: z.number(), p50Ns: z.number() })),
    }),
  ),
});
const tracePart = z.object({
  probe: z.object({ name: text }),
  k: z.number(),
  paths: z.array(z.object({ path: text, plainP50Ns: z.number().nullable() })),
});
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

function readRunEntry(root: string, name: string): IndexedRun | null {
  const listed = listRun(root, name);
  if (listed === null) return null;
  const read = <T>(file: string, schema: z.ZodType<T>): T | null => readPart(join(listed.path, file), schema);
  const head = read(RUN_FILES.header, headPart);
  const kind: IndexedKind = head?.kind === 'trace' ? 'trace' : 'run';
  const environment = read(RUN_FILES.environment, environmentPart);
  const spec = read(RUN_FILES.spec, specPart);
  const cells =
    kind === 'trace' ? traceCells(read(RUN_FILES.results, tracePart)) : runCells(read(RUN_FILES.results, resultsPart));
  return {
    id: name,
    kind,
    label: listed.label,
    state: listed.state,
    startedAt: listed.startedAt ?? startOf(name),
    endedAt: listed.endedAt,
    argv: listed.argv.slice(0, MOST),
    paths: names(spec?.paths.map((path) => path.name) ?? cells.map(({ path }) => path)),
    probes: names(spec?.probes.map((probe) => probe.name) ?? cells.map(({ probe }) => probe)),
    cells,
    version: plainText(head?.tool.version ?? '', NAME),
    kernel: plainText(environment?.kernel.release ?? '', NAME),
    hostname: plainText(environment?.hostname ?? '', NAME),
    problem: listed.problem ?? problemOf(listed.state, spec !== null, cells.length > 0),
    outcome: null,
  };
}

/** What the head does not tell. */
function problemOf(state: string, hasSpec: boolean, hasCells: boolean): string | null {
  if (state === 'died') return 'its process is gone, and it never said that it ended';
  if (state !== 'finished') return null;
  if (!hasSpec) return 'spec.json is missing or cannot be read';
  return hasCells ? null : 'no results.json that could be read';
}

function readDiagnosisEntry(path: string, name: string): IndexedRun {
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
    raw = readJson(join(path, DIAGNOSIS_FILE));
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
    paths: names(paths.map((one) => one.path)),
    version: plainText(tool.version, NAME),
    kernel: plainText(kernel, NAME),
    outcome: well.length === paths.length ? 'every path passes' : `${well.length} of ${paths.length} paths pass`,
  };
}

function readPart<T>(path: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.safeParse(readJson(path)).data ?? null;
  } catch {
    return null; // the run's own page says what is wrong with which file
  }
}

function runCells(results: z.infer<typeof resultsPart> | null): IndexedCell[] {
  const cells = (results?.probes ?? []).flatMap(({ probe, k, cells: rows }) =>
    rows.map(({ path, n, p50Ns }) => ({
      path: plainText(path, NAME),
      probe: plainText(probe.name, NAME),
      k,
      n,
      p50Ns,
    })),
  );
  return cells.slice(0, MOST);
}

function traceCells(results: z.infer<typeof tracePart> | null): IndexedCell[] {
  if (results === null) return [];
  const probe = plainText(results.probe.name, NAME);
  return results.paths.slice(0, MOST).flatMap(({ path, plainP50Ns }) => {
    return plainP50Ns === null ? [] : [{ path: plainText(path, NAME), probe, k: results.k, n: 0, p50Ns: plainP50Ns }];
  });
}

function names(all: readonly string[]): string[] {
  return [...new Set(all.slice(0, MOST).map((name) => plainText(name, NAME)))];
}

/** "20260302-093000-cafe" says when. A date that there is not becomes the epoch's first second. */
function startOf(id: string): string {
  const moment = new Date(id.replace(/^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d).*$/, '$1-$2-$3T$4:$5:$6.000Z'));
  return Number.isNaN(moment.getTime()) ? new Date(0).toISOString() : moment.toISOString();
}
