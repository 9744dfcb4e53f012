/** Renders what `hoplab report` read, in any of its formats, as pieces of text. */
import { renderCsv } from '../../render/formats/csv.ts';
import { renderSamples } from '../../render/formats/csv-samples.ts';
import { renderHdrLog } from '../../render/formats/hdr/hdr-log.ts';
import { renderMarkdown } from '../../render/formats/markdown.ts';
import { renderOpenMetrics } from '../../render/formats/openmetrics.ts';
import { renderHtml } from '../../render/html/page.ts';
import { renderDiagnosis } from '../../render/text/diagnosis.ts';
import { renderText } from '../../render/text/run.ts';
import { renderTrace } from '../../render/text/trace.ts';
import { renderJson } from '../../results/json.ts';
import type { Subject } from '../../results/subject.ts';
import { subjectId } from '../../results/subject.ts';
import type { Run } from '../../run-store/read-run.ts';
import { toolVersion } from '../../system/paths.ts';
import type { Look } from '../output.ts';
import { usageError } from '../usage.ts';
import type { ReportFormat } from './report-format.ts';
import type { ReportSource } from './report-source.ts';

export interface RenderOptions {
  readonly look: Look;
  /** Of csv: every transaction instead of the rows of the report. */
  readonly samples: boolean;
  /** Hears of what a format had to leave out. */
  readonly onDamage: (what: string) => void;
}

export function renderAs(
  format: ReportFormat,
  sources: readonly ReportSource[],
  { look, samples, onDamage }: RenderOptions,
): Iterable<string> {
  const subjects = sources.map(({ subject }) => subject);
  switch (format) {
    case 'text':
      return subjects.map((subject, index) => `${index === 0 ? '' : '\n'}${textOf(subject, look)}`);
    case 'json':
      return [jsonOf(subjects)];
    case 'markdown':
      return [renderMarkdown(subjects)];
    case 'csv':
      return samples ? renderSamples(runsOf(sources, '--samples'), onDamage) : renderCsv(subjects);
    case 'openmetrics':
      return [renderOpenMetrics(subjects)];
    case 'hdr':
      return renderHdrLog(measuredRuns(sources), onDamage);
    case 'html':
      return [renderHtml(subjects, toolVersion)];
    default:
      return format satisfies never;
  }
}

function textOf(subject: Subject, look: Look): string {
  switch (subject.kind) {
    case 'run':
      return renderText(subject.report, look);
    case 'trace':
      return renderTrace(subject.report, look);
    case 'diagnosis':
      return renderDiagnosis(subject.diagnosis, look);
    default:
      return subject satisfies never;
  }
}

/** One as its schema says; several as an array of such. */
function jsonOf(subjects: readonly Subject[]): string {
  const all = subjects.map((subject) => (subject.kind === 'diagnosis' ? subject.diagnosis : subject.report));
  const [only, second] = all;
  return renderJson(only !== undefined && second === undefined ? only : all);
}

function runsOf(sources: readonly ReportSource[], option: string): Run[] {
  return sources.map(({ run, subject }) => {
    if (run !== null) return run;
    throw usageError(`${option}: ${subjectId(subject)} is a diagnosis, which has no samples`, 'hoplab runs');
  });
}

/** A traced transaction is slower than a plain one: a histogram of both would be of neither. */
function measuredRuns(sources: readonly ReportSource[]): Run[] {
  for (const { subject } of sources) {
    if (subject.kind === 'trace')
      throw usageError(
        `--format hdr: ${subjectId(subject)} is a trace, half of whose blocks are slowed by the tracer`,
        'hoplab report --format csv --samples has all its transactions',
      );
  }
  return runsOf(sources, '--format hdr');
}
