// SPDX-License-Identifier: GPL-2.0-only
/** Compares what the command line names, prints it, writes what continuous integration reads, and sets the exit code. */
import { appendFile, writeFile } from 'node:fs/promises';
import { renderMarkdown } from '../../compare/compare-markdown.ts';
import { AUTO, compareRuns, NONE } from '../../compare/compare-runs.ts';
import type { ComparisonReport } from '../../compare/compare-schema.ts';
import { renderComparison, unlikeText } from '../../compare/compare-text.ts';
import { renderJunit } from '../../compare/junit.ts';
import { checkNamedPaths, selectSides } from '../../compare/select-sides.ts';
import { checkThresholds, failsBy } from '../../compare/thresholds.ts';
import { isRefused } from '../../compare/unlike.ts';
import { STATISTICS, type StatisticName } from '../../model/compare.ts';
import { HoplabError, reasonOf } from '../../model/errors.ts';
import { renderJson } from '../../results/json.ts';
import { toolVersion } from '../../system/paths.ts';
import { shellWord } from '../../system/show-argv.ts';
import { plainText } from '../../words/plain-text.ts';
import { type CliContext, EXIT } from '../command.ts';
import type { CompareFlags } from '../compare-flags.ts';
import { lookOf } from '../output.ts';
import { usageError } from '../usage.ts';

/** Throws UNLIKE_RUNS where the runs may not be compared; files are written all the same. */
export async function compareAndShow(
  words: readonly string[],
  flags: CompareFlags & { readonly runs: string },
  context: CliContext,
): Promise<void> {
  const summary = summaryFile(flags);
  const report = await build(words, flags, context.experiments);
  if (flags.junit !== undefined) await write(flags.junit, renderJunit(report), 'JUnit XML', context);
  if (summary !== null) await write(summary, `${renderMarkdown(report)}\n`, 'summary', context);
  if (report.refused) throw unlikeError(report, context);
  if (report.cells.length === 0) throw nothingError(report);
  context.print(
    flags.json ? renderJson(report) : renderComparison(report, { ...lookOf(flags), all: flags.all === true }),
  );
  if (report.thresholds.some(failsBy)) context.finish(EXIT.thresholdExceeded);
}

async function build(
  words: readonly string[],
  flags: CompareFlags & { readonly runs: string },
  experiments: CliContext['experiments'],
): Promise<ComparisonReport> {
  const { baseline = [], since = null, label = null, last = null, failIf = [] } = flags;
  if (label !== null && since === null)
    throw usageError('--label goes with --since; without it a label is named like a run');
  if (words.length < 2 && typeof flags.summary === 'string' && baseline.length === 0 && since === null) {
    throw usageError(
      `--summary took ${JSON.stringify(flags.summary)} as its file: write it last, or as --summary=FILE`,
    );
  }
  const sides = await selectSides({ words, baseline, since, label, last, root: flags.runs, experiments });
  checkNamedPaths(sides, '--only', flags.only ?? []);
  if (flags.relativeTo !== undefined && ![AUTO, NONE].includes(flags.relativeTo)) {
    checkNamedPaths(sides, '--relative-to', [flags.relativeTo]);
  }
  const report = compareRuns(sides.baseline, sides.candidates, {
    version: toolVersion,
    setAside: sides.setAside,
    statistics: wantedStatistics(flags),
    ...(flags.relativeTo === undefined ? {} : { relativeTo: flags.relativeTo }),
    ...(flags.only === undefined ? {} : { only: flags.only }),
    ...(flags.margin === undefined ? {} : { margin: flags.margin }),
    ...(flags.allow === undefined ? {} : { allow: flags.allow }),
  });
  return report.refused ? report : checkThresholds(report, failIf, flags.failWhen);
}

/** Those that were asked for, and what thresholds are about. */
function wantedStatistics({
  statistic: named,
  statistics = named,
  failIf = [],
}: CompareFlags): readonly StatisticName[] {
  const asked = statistics ?? STATISTICS.filter((name) => name !== 'mean');
  return STATISTICS.filter((name) => asked.includes(name) || failIf.some(({ statistic }) => statistic === name));
}

/** null: none was asked for. */
function summaryFile({ summary }: CompareFlags): string | null {
  if (summary === undefined) return null;
  if (typeof summary === 'string') return summary;
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (file !== undefined && file !== '') return file;
  throw usageError('--summary without a file needs $GITHUB_STEP_SUMMARY', 'hoplab compare A B --summary=summary.md');
}

async function write(file: string, content: string, what: string, context: CliContext): Promise<void> {
  try {
    // A job has one summary, which every step adds to.
    await (what === 'summary' ? appendFile : writeFile)(file, content);
  } catch (error) {
    throw new HoplabError({
      code: 'RUN_NOT_WRITABLE',
      message: `write the ${what} ${file}: ${reasonOf(error)}`,
      hint: `name another file: --${what === 'summary' ? 'summary' : 'junit'}=/other/folder/${what === 'summary' ? 'summary.md' : 'compare.xml'}`,
      cause: error,
    });
  }
  context.say(`${what}: ${file}`);
}

function nothingError({ baseline, candidates, missing, setAside }: ComparisonReport): HoplabError {
  const runs = setAside.map(({ run, reason }) => `${run}: ${reason}`);
  const cells = missing.map(({ path, reason }) => `${path === '*' ? '' : `${path}: `}${reason}`);
  const reasons = [...new Set([...runs, ...cells])];
  const names = candidates.map(({ name }) => name).join(', ');
  const why = reasons.length === 0 ? 'they have no path under the same probe' : reasons.slice(0, 3).join('; ');
  return new HoplabError({
    code: 'NO_DATA',
    message: `compare ${baseline.name} with ${names}: nothing can be compared: ${plainText(why)}`,
    hint: `hoplab report ${baseline.runs[0]?.id ?? ''}`,
  });
}

function unlikeError(report: ComparisonReport, context: CliContext): HoplabError {
  const refused = report.unlike.filter(isRefused);
  const keys = [...new Set(refused.map(({ key }) => key))];
  const names = report.candidates.map(({ name }) => name).join(', ');
  const lines = refused.map((unlike) => `\n  ${unlikeText(unlike)}`).join('');
  const typed = context.argv
    .filter((word) => word !== '--json')
    .map(shellWord)
    .join(' ');
  return new HoplabError({
    code: 'UNLIKE_RUNS',
    message: `compare ${report.baseline.name} with ${names}: they differ in ${keys.join(', ')}${lines}`,
    hint: `hoplab ${typed} ${keys.map((key) => `--allow ${key}`).join(' ')}`,
  });
}
