// SPDX-License-Identifier: GPL-2.0-only
/** What was measured and diagnosed: the runs and diagnoses of a folder of runs that a report may tell of. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { experimentNamed } from '../experiments/find.ts';
import type { Diagnosis } from '../model/diagnosis.ts';
import { reasonOf } from '../model/errors.ts';
import type { Report } from '../model/result.ts';
import type { RunHeader } from '../model/run-header.ts';
import { readDiagnosis } from '../results/diagnosis/read.ts';
import { parseResults } from '../results/run/parse.ts';
import { isOfShelf } from '../run-store/find-on-shelf.ts';
import { isRunId, RUN_FILES } from '../run-store/layout.ts';
import { type ListedRun, listRuns } from '../run-store/list-runs.ts';
import { readJson } from '../run-store/read-file.ts';
import { readRun } from '../run-store/read-run.ts';
import { DIAGNOSES, shelfRoot } from '../run-store/shelf.ts';
import { addDays, type Day, dayOf } from './week.ts';

interface Fact {
  readonly id: string;
  readonly day: Day;
  readonly startedAt: string;
}

export interface RunFact extends Fact {
  readonly label: string | null;
  readonly report: Report;
}

export interface DiagnosisFact extends Fact {
  readonly diagnosis: Diagnosis;
}

export interface Facts {
  /** Oldest first. */
  readonly runs: readonly RunFact[];
  readonly diagnoses: readonly DiagnosisFact[];
  /** Labels of runs of these days that no card is known for. */
  readonly strangers: readonly string[];
  /** What could not be read, a sentence each. */
  readonly problems: readonly string[];
}

export interface FactsQuery {
  readonly root: string;
  readonly timeZone: string;
  /** Only runs and diagnoses of these days are read. */
  readonly from: Day;
  readonly to: Day;
  /** Whether any card has a run of this id or label. */
  isWanted(name: string): boolean;
}

/** Reads what the report needs and nothing else: a folder may hold thousands of runs. */
export async function readFacts(query: FactsQuery): Promise<Facts> {
  const { root, timeZone, from, to, isWanted } = query;
  const problems: string[] = [];
  const strangers = new Set<string>();
  const runs: RunFact[] = [];
  for (const run of (await listRuns(root)).reverse()) {
    // The id and the label that is part of it are all that is known of a run whose head cannot be read.
    if (run.problem !== null && [run.id, run.id.slice(21)].some(isWanted))
      problems.push(`run ${run.id}: ${run.problem}`);
    if (run.startedAt === null || run.state === 'running' || run.state === 'unreadable') continue;
    const day = dayOf(new Date(run.startedAt), timeZone);
    if (day < from || day > to) continue;
    if (!(isWanted(run.id) || (run.label !== null && isWanted(run.label)))) {
      strangers.add(run.label ?? run.id);
      continue;
    }
    try {
      const report = await reportOf(run);
      if (report !== null) runs.push({ id: run.id, label: run.label, day, startedAt: run.startedAt, report });
    } catch (error) {
      problems.push(`run ${run.id}: ${reasonOf(error)}`);
    }
  }
  return { runs, diagnoses: readDiagnoses(query, problems), strangers: [...strangers], problems };
}

/** What the run itself wrote at its end, else computed from its samples; null for what is no measurement. */
async function reportOf({ path }: ListedRun): Promise<Report | null> {
  const figuresOf = ({ kind = 'run' }: RunHeader) => experimentNamed(kind)?.figures;
  const written = readWritten(join(path, RUN_FILES.results));
  if (written !== null) return figuresOf(written.run) === undefined ? null : written;
  const run = await readRun(path);
  return figuresOf(run.header)?.(run, run.header.tool.version) ?? null;
}

function readWritten(file: string): Report | null {
  try {
    return parseResults(readJson(file));
  } catch {
    return null; // the run was interrupted before it, and its samples tell the same
  }
}

function readDiagnoses({ root, timeZone, from, to }: FactsQuery, problems: string[]): DiagnosisFact[] {
  const folder = shelfRoot(root, DIAGNOSES);
  const ids = existsSync(folder) ? readdirSync(folder).filter(isRunId).sort() : [];
  // The id begins with the day in UTC: a day on both sides holds every time zone.
  const [first = '', last = ''] = [addDays(from, -1), addDays(to, 2)].map((day) => day.replaceAll('-', ''));
  return ids.flatMap((id) => {
    // Traces keep what explains them here too, and a diagnosis under way has no head yet.
    if (id < first || id > last || !isOfShelf(join(folder, id), DIAGNOSES)) return [];
    try {
      const diagnosis = readDiagnosis(join(folder, id));
      const day = dayOf(new Date(diagnosis.startedAt), timeZone);
      return day >= from && day <= to ? [{ id, day, startedAt: diagnosis.startedAt, diagnosis }] : [];
    } catch (error) {
      problems.push(`diagnosis ${id}: ${reasonOf(error)}`);
      return [];
    }
  });
}
