/** What the words of `hoplab report` stand for: runs, traces and diagnoses, read as far as a format needs them. */
import { resolve } from 'node:path';
import { HoplabError } from '../../model/errors.ts';
import { readDiagnosis } from '../../results/diagnosis/read.ts';
import { buildReport } from '../../results/run/build.ts';
import { runSubject, type Subject } from '../../results/subject.ts';
import { reportOf } from '../../results/trace/build.ts';
import { readTraceSource, type TraceSource } from '../../results/trace/source.ts';
import { findDiagnosis } from '../../run-store/find-diagnosis.ts';
import { resolveRun } from '../../run-store/list-runs.ts';
import { type Run, readRun } from '../../run-store/read-run.ts';
import { toolVersion } from '../../system/paths.ts';

/** A subject with what was read to make it. */
export interface ReportSource {
  readonly subject: Subject;
  /** null = a diagnosis, which has no run folder. */
  readonly run: Run | null;
  /** null = no trace. */
  readonly trace: TraceSource | null;
}

export interface SourcesWanted {
  readonly words: readonly string[];
  readonly root: string;
  /** Whether samples are to be drawn: a second pass over all of them. */
  readonly pictures: boolean;
  /** Hears of what cannot be read, where something else can. */
  readonly onSkipped: (word: string, error: HoplabError) => void;
}

/** Those of all words, each folder once. One that cannot be read is skipped where others can; throws where none can. */
export async function readSources({ words, root, pictures, onSkipped }: SourcesWanted): Promise<ReportSource[]> {
  const sources: ReportSource[] = [];
  const seen = new Set<string>();
  const faults: HoplabError[] = [];
  for (const word of words) {
    try {
      const folder = resolve(findDiagnosis(word, root) ?? (await resolveRun(word, root)));
      if (seen.has(folder)) continue;
      seen.add(folder);
      sources.push(await readSource(folder, pictures));
    } catch (error) {
      if (!(error instanceof HoplabError) || words.length === 1) throw error;
      faults.push(error);
      onSkipped(word, error);
    }
  }
  const [first] = faults;
  if (sources.length === 0 && first !== undefined) throw first;
  return sources;
}

async function readSource(folder: string, pictures: boolean): Promise<ReportSource> {
  if (findDiagnosis(folder, '') !== null) {
    return { subject: { kind: 'diagnosis', diagnosis: readDiagnosis(folder) }, run: null, trace: null };
  }
  const run = await readRun(folder);
  if (run.header.kind === 'trace') {
    const trace = await readTraceSource(run);
    const report = await reportOf(trace, toolVersion);
    const facts = { environment: run.environment, paths: run.plan?.paths ?? null };
    return { subject: { kind: 'trace', report, ...facts }, run, trace };
  }
  const report = buildReport(run, toolVersion);
  const facts = { environment: run.environment, paths: run.plan?.paths ?? null };
  const subject: Subject = pictures ? runSubject(run, report) : { kind: 'run', report, distributions: [], ...facts };
  return { subject, run, trace: null };
}
