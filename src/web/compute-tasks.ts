// SPDX-License-Identifier: GPL-2.0-only
/** What the computing thread can be asked for, and what it gives back: all of it can be copied between threads. */
import { basename } from 'node:path';
import { buildTrend } from '../compare/build-trend.ts';
import { compareRuns, type Side } from '../compare/compare-runs.ts';
import type { ComparisonReport, SetAsideRun } from '../compare/compare-schema.ts';
import { readBlocks } from '../compare/read-blocks.ts';
import { readTrendRun, type TrendRun } from '../compare/read-trend-run.ts';
import type { TrendReport, TrendSetAside } from '../compare/trend-schema.ts';
import { need } from '../experiments/ability.ts';
import type { Experiment, Recorded } from '../experiments/experiment.ts';
import { experimentNamed, experimentOf } from '../experiments/find.ts';
import type { UnlikeKey } from '../model/compare.ts';
import { HoplabError } from '../model/errors.ts';
import { renderCsv } from '../render/formats/csv.ts';
import { renderHtml } from '../render/html/page.ts';
import { type HtmlSection, htmlSections } from '../render/html/sections.ts';
import { renderJson } from '../results/json.ts';
import { toolVersion } from '../system/paths.ts';
import type { TrendQuery } from './compare-query.ts';
import { type SampleSeries, seriesOf } from './sample-series.ts';

/** A folder, and the name of the kind of work that it holds. */
interface OneFolder {
  readonly folder: string;
  readonly experiment: string;
}

export type ComputeTask =
  /** What a page shows of it. */
  | ({ readonly kind: 'page' } & OneFolder)
  /** The report as JSON, as the command prints it. */
  | ({ readonly kind: 'json' } & OneFolder)
  /** The report as a file of its own: the page without a server, the rows of its figures. */
  | ({ readonly kind: 'html' } & OneFolder)
  | ({ readonly kind: 'csv' } & OneFolder)
  /** The samples of a run over time, for its charts. */
  | ({ readonly kind: 'series' } & OneFolder)
  /** The first one is the baseline of all others. */
  | { readonly kind: 'compare'; readonly folders: readonly string[]; readonly allow: readonly UnlikeKey[] }
  | { readonly kind: 'trend'; readonly folders: readonly string[]; readonly asked: TrendAsked };

type TrendAsked = Pick<TrendQuery, 'path' | 'probe' | 'statistic' | 'relativeTo'>;

export interface TaskResults {
  readonly page: SubjectPage;
  readonly json: string;
  readonly html: string;
  readonly csv: string;
  readonly series: readonly SampleSeries[];
  readonly compare: ComparisonReport;
  readonly trend: TrendReport;
}

/** A file of a report, and how its name ends. */
export const DOWNLOAD_FORMS = ['html', 'csv'] as const;
export type DownloadForm = (typeof DOWNLOAD_FORMS)[number];

export interface SubjectPage {
  /** The machine, the run and its command, a sentence each. */
  readonly lead: readonly string[];
  /** HTML of what must be read first; "" = nothing. */
  readonly alert: string;
  readonly sections: readonly HtmlSection[];
  /** The report as text, where it has no sections. */
  readonly text: string;
  /** Forms in which it can be taken away. */
  readonly downloads: readonly DownloadForm[];
  /** Whether samples over time can be asked for. */
  readonly hasSeries: boolean;
}

export async function perform(
  task: ComputeTask,
  experiments: readonly Experiment[],
): Promise<TaskResults[ComputeTask['kind']]> {
  switch (task.kind) {
    case 'page':
      return pageOf(await read(task, { pictures: true, experiments }));
    case 'json':
      return renderJson((await read(task, { pictures: false, experiments })).json);
    case 'html': {
      const one = await read(task, { pictures: true, experiments });
      const { kind, id } = one;
      return renderHtml([{ kind, id, page: need(one.page, one, { ability: 'page', asked: 'a page' }) }], toolVersion);
    }
    case 'csv': {
      const one = await read(task, { pictures: false, experiments });
      return [...renderCsv(need(one.csv, one, { ability: 'csv', asked: 'CSV' })())].join('');
    }
    case 'series': {
      const { page } = await read(task, { pictures: true, experiments });
      return page?.figures === undefined ? [] : seriesOf(page.figures);
    }
    case 'compare':
      return compareFolders(task, experiments);
    case 'trend':
      return trendOf(task, experiments);
    default:
      return task satisfies never;
  }
}

function read(
  { folder, experiment }: OneFolder,
  { pictures, experiments }: { readonly pictures: boolean; readonly experiments: readonly Experiment[] },
): Promise<Recorded> {
  const found = experimentNamed(experiment, experiments) ?? experimentOf(folder, experiments);
  return found.read(folder, { version: toolVersion, pictures });
}

/** At a width that a wide screen has, for what has no section of its own. */
const WIDE = { width: 140, colour: false, ascii: false };

function pageOf({ page, text, csv }: Recorded): SubjectPage {
  const sections = page === undefined ? [] : htmlSections(page);
  const alert = page?.alert ?? null;
  return {
    lead: page?.lead ?? [],
    alert: alert === null ? '' : String(alert),
    sections,
    text: sections.length === 0 ? text(WIDE) : '',
    downloads: [...(page === undefined ? [] : ['html' as const]), ...(csv === undefined ? [] : ['csv' as const])],
    hasSeries: page?.figures !== undefined,
  };
}

async function compareFolders(
  { folders, allow }: Extract<ComputeTask, { kind: 'compare' }>,
  experiments: readonly Experiment[],
): Promise<ComparisonReport> {
  const setAside: SetAsideRun[] = [];
  const sides: Side[] = [];
  for (const folder of folders) {
    try {
      const run = await readBlocks(folder, experiments);
      sides.push({ name: run.header.id, path: null, runs: [run] });
    } catch (error) {
      if (!(error instanceof HoplabError)) throw error;
      setAside.push({ run: basename(folder), code: error.code, reason: error.message });
    }
  }
  const [baseline, ...candidates] = sides;
  if (baseline === undefined || candidates.length === 0)
    throw new HoplabError({
      code: 'NO_DATA',
      message: `compare ${folders.length} runs: fewer than two can be read; ${setAside.map(({ reason }) => reason).join('; ')}`,
      hint: 'hoplab runs',
    });
  return compareRuns(baseline, candidates, { version: toolVersion, allow, setAside });
}

async function trendOf(
  { folders, asked }: Extract<ComputeTask, { kind: 'trend' }>,
  experiments: readonly Experiment[],
): Promise<TrendReport> {
  const runs: TrendRun[] = [];
  const setAside: TrendSetAside[] = [];
  for (const folder of folders) {
    try {
      runs.push(await readTrendRun(folder, toolVersion, experiments));
    } catch (error) {
      if (!(error instanceof HoplabError)) throw error;
      setAside.push({ run: basename(folder), reason: error.message });
    }
  }
  return buildTrend(runs, { version: toolVersion, ...asked, setAside });
}
