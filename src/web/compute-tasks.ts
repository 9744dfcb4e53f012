/** What the computing thread can be asked for, and what it gives back: all of it can be copied between threads. */
import { basename, join } from 'node:path';
import { buildTrend } from '../compare/build-trend.ts';
import { compareRuns, type Side } from '../compare/compare-runs.ts';
import { readTrendRun, type TrendRun } from '../compare/read-trend-run.ts';
import type { ComparisonReport, SetAsideRun, UnlikeKey } from '../model/compare.ts';
import type { Diagnosis } from '../model/diagnosis.ts';
import { HoplabError } from '../model/errors.ts';
import type { TrendReport, TrendSetAside } from '../model/trend.ts';
import { alerts } from '../render/html/limits-section.ts';
import { type HtmlSection, htmlSections } from '../render/html/sections.ts';
import { renderDiagnosis } from '../render/text/diagnosis.ts';
import { footTexts } from '../render/text/foot.ts';
import { renderTrace } from '../render/text/trace.ts';
import { parseDiagnosis } from '../results/diagnosis/parse.ts';
import { renderJson } from '../results/json.ts';
import { buildReport } from '../results/run/build.ts';
import { readSubject, type Subject } from '../results/subject.ts';
import { buildTraceReport } from '../results/trace/build.ts';
import { DIAGNOSIS_FILE } from '../run-index/read-indexed.ts';
import { readFailure, readJson } from '../run-store/read-file.ts';
import { readRun } from '../run-store/read-run.ts';
import { toolVersion } from '../system/paths.ts';
import type { TrendQuery } from './compare-query.ts';
import { type SampleSeries, seriesOf } from './sample-series.ts';

export type ComputeTask =
  /** What a page shows of a run, a trace or a diagnosis. */
  | { readonly kind: 'page'; readonly folder: string; readonly what: 'run' | 'diagnosis' }
  /** The report as JSON, as the command prints it. */
  | { readonly kind: 'json'; readonly folder: string; readonly what: 'run' | 'diagnosis' }
  /** The samples of a run over time, for its charts. */
  | { readonly kind: 'series'; readonly folder: string }
  /** The first one is the baseline of all others. */
  | { readonly kind: 'compare'; readonly folders: readonly string[]; readonly allow: readonly UnlikeKey[] }
  | { readonly kind: 'trend'; readonly folders: readonly string[]; readonly asked: TrendAsked };

export type TrendAsked = Pick<TrendQuery, 'path' | 'probe' | 'statistic' | 'relativeTo'>;

export interface TaskResults {
  readonly page: SubjectPage;
  readonly json: string;
  readonly series: readonly SampleSeries[];
  readonly compare: ComparisonReport;
  readonly trend: TrendReport;
}

export interface SubjectPage {
  /** The machine, the run and its command, a sentence each. */
  readonly lead: readonly string[];
  /** HTML of what must be read first; "" = nothing. */
  readonly alert: string;
  readonly sections: readonly HtmlSection[];
  /** The report as text. */
  readonly text: string;
}

export async function perform(task: ComputeTask): Promise<TaskResults[ComputeTask['kind']]> {
  switch (task.kind) {
    case 'page':
      return pageOf(
        task.what === 'diagnosis'
          ? readDiagnosis(task.folder)
          : await readSubject(await readRun(task.folder), toolVersion),
      );
    case 'json':
      return jsonOf(task);
    case 'series': {
      const subject = await readSubject(await readRun(task.folder), toolVersion);
      return subject.kind === 'run' ? seriesOf(subject) : [];
    }
    case 'compare':
      return compareFolders(task.folders, task.allow);
    case 'trend':
      return trendOf(task.folders, task.asked);
    default:
      return task satisfies never;
  }
}

/** At a width that a wide screen has, for what has no section of its own. */
const WIDE = { width: 140, colour: false, ascii: false };

function pageOf(subject: Subject): SubjectPage {
  const sections = htmlSections(subject);
  if (subject.kind === 'diagnosis')
    return { lead: [], alert: '', sections, text: renderDiagnosis(subject.diagnosis, WIDE) };
  const text = subject.kind === 'trace' ? renderTrace(subject.report, WIDE) : '';
  const alert = alerts(subject.report.warnings);
  return { lead: footTexts(subject.report), alert: alert === null ? '' : String(alert), sections, text };
}

async function jsonOf({ folder, what }: Extract<ComputeTask, { kind: 'json' }>): Promise<string> {
  if (what === 'diagnosis') return `${JSON.stringify(readDiagnosis(folder).diagnosis, null, 2)}\n`;
  const run = await readRun(folder);
  return renderJson(
    run.header.kind === 'trace' ? await buildTraceReport(run, toolVersion) : buildReport(run, toolVersion),
  );
}

async function compareFolders(folders: readonly string[], allow: readonly UnlikeKey[]): Promise<ComparisonReport> {
  const setAside: SetAsideRun[] = [];
  const sides: Side[] = [];
  for (const folder of folders) {
    try {
      const run = await readRun(folder);
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

async function trendOf(folders: readonly string[], asked: TrendAsked): Promise<TrendReport> {
  const runs: TrendRun[] = [];
  const setAside: TrendSetAside[] = [];
  for (const folder of folders) {
    try {
      runs.push(await readTrendRun(folder, toolVersion));
    } catch (error) {
      if (!(error instanceof HoplabError)) throw error;
      setAside.push({ run: basename(folder), reason: error.message });
    }
  }
  return buildTrend(runs, { version: toolVersion, ...asked, setAside });
}

/** Throws RUN_DAMAGED or RUN_NOT_FOUND. */
function readDiagnosis(folder: string): { readonly kind: 'diagnosis'; readonly diagnosis: Diagnosis } {
  let raw: unknown;
  try {
    raw = readJson(join(folder, DIAGNOSIS_FILE));
  } catch (error) {
    throw damaged(folder, readFailure(error));
  }
  const parsed = parseDiagnosis(raw);
  if (!parsed.ok) throw damaged(folder, parsed.why.message);
  return { kind: 'diagnosis', diagnosis: parsed.value };
}

function damaged(folder: string, why: string): HoplabError {
  return new HoplabError({
    code: 'RUN_DAMAGED',
    message: `read the diagnosis ${folder}: ${DIAGNOSIS_FILE}: ${why}`,
    hint: why === 'missing' ? 'it is under way, or ended early: hoplab diagnose again' : 'hoplab diagnose again',
  });
}
