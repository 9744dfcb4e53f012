// SPDX-License-Identifier: GPL-2.0-only
/** Reads of a run what a trend needs: its report, as results.json has it where that can be relied on, and its conditions. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { need } from '../experiments/ability.ts';
import type { Experiment } from '../experiments/experiment.ts';
import { experimentOf } from '../experiments/find.ts';
import type { Report } from '../model/result.ts';
import type { RunHeader } from '../model/run-header.ts';
import { parseResults } from '../results/run/parse.ts';
import { RUN_FILES } from '../run-store/layout.ts';
import { readJson } from '../run-store/read-file.ts';
import { readRun } from '../run-store/read-run.ts';
import { type Condition, conditionsOf } from './conditions.ts';

export interface TrendRun {
  readonly folder: string;
  readonly header: RunHeader;
  readonly report: Report;
  readonly conditions: readonly Condition[];
  /** Load of the machine before it; null = not recorded. */
  readonly load1: number | null;
  /** False: computed from the samples again. */
  readonly fromResults: boolean;
}

/** What a report is computed from. */
const INPUTS = [RUN_FILES.header, RUN_FILES.spec, RUN_FILES.plan, RUN_FILES.environment, RUN_FILES.failed] as const;

/**
 * A run for a trend. results.json is taken where this version of hoplab wrote it and no input is newer; else the report is computed
 * again from the samples. Throws RUN_NOT_FOUND, RUN_TOO_NEW, NO_DATA, and USAGE for work that has no latencies of plain measuring.
 */
export async function readTrendRun(
  folder: string,
  version: string,
  experiments?: readonly Experiment[],
): Promise<TrendRun> {
  const run = await readRun(folder);
  const { name, figures, lacks } = experimentOf(folder, experiments);
  const one = { kind: name, id: run.header.id, ...(lacks && { lacks }) };
  const build = need(figures, one, { ability: 'figures', asked: 'trend' });
  const written = freshResults(folder, version);
  const report = written ?? build(run, version);
  return {
    folder,
    header: run.header,
    report,
    conditions: conditionsOf(run),
    load1: run.environment?.before.load1 ?? null,
    fromResults: written !== null,
  };
}

/** null: there is none, or it cannot be relied on. */
function freshResults(folder: string, version: string): Report | null {
  try {
    const path = join(folder, RUN_FILES.results);
    const report = parseResults(readJson(path));
    if (report?.tool.version !== version) return null;
    return newestInput(folder) <= lstatSync(path).mtimeMs ? report : null;
  } catch {
    return null; // whatever is wrong with it, the samples are still there
  }
}

function newestInput(folder: string): number {
  const inFolder = (name: string): string[] => readdirSync(join(folder, name)).map((file) => join(folder, name, file));
  const files = [
    ...INPUTS.map((name) => join(folder, name)),
    ...inFolder(RUN_FILES.blocks),
    ...inFolder(RUN_FILES.samples),
  ];
  return Math.max(...files.map(changedAt));
}

/** ms; a file that is not there has not changed. */
function changedAt(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
