// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab trend`: a path's latency over many runs, where its level changed, and what else changed there. */
import { type Command, Option } from 'commander';
import type { TrendRun } from '../../compare/read-trend-run.ts';
import type { TrendReport } from '../../compare/trend-schema.ts';
import { STATISTICS, type StatisticName } from '../../model/compare.ts';
import { HoplabError } from '../../model/errors.ts';
import { RUNS_OPTION, runsRoot } from '../../run-store/runs-root.ts';
import { didYouMean } from '../../schema/nearest-word.ts';
import { toolVersion } from '../../system/paths.ts';
import type { CliContext, CommandModule } from '../command.ts';
import { addOutputOptions, lookOf, type OutputFlags } from '../output.ts';
import { oneOf, shareOf, usageError, wholeNumber } from '../usage.ts';

interface TrendFlags extends OutputFlags {
  readonly runs?: string;
  readonly label?: string;
  readonly since?: string;
  readonly last?: number;
  readonly probe?: string;
  readonly statistic: StatisticName;
  /** What `statistic` was called in 0.1.0. */
  readonly percentile?: StatisticName;
  readonly relativeTo?: string;
  readonly margin?: number;
}

export const command: CommandModule = {
  examples: [
    { line: 'trend', says: 'every path: a small curve, its level, and where that changed' },
    { line: 'trend tap', says: 'one path, drawn, with what changed where its level did' },
    { line: 'trend macvtap --relative-to tap', says: 'its ratio to tap, which the load of the machine moves far less' },
    { line: 'trend tap --label nightly --last 60', says: 'the newest 60 runs with a label' },
    { line: 'trend tap --statistic p99 --since 2026-11-01', says: 'the tail, since a day' },
  ],
  define(command: Command, context: CliContext) {
    addOutputOptions(command)
      .option(...RUNS_OPTION)
      .option('--label <LABEL>', 'runs with this label alone')
      .option('--since <WHEN>', 'a day, a time or a run: from it on')
      .option('--last <N>', 'the newest runs', wholeNumber('--last', 1, 100_000))
      .option('--probe <NAME>', 'this probe alone, as the report calls it')
      .option('--statistic <NAME>', `one of ${STATISTICS.join(', ')}`, oneOf('--statistic', STATISTICS), 'p50')
      .addOption(new Option('--percentile <NAME>').argParser(oneOf('--percentile', STATISTICS)).hideHelp())
      .option('--relative-to <PATH>', 'divide by this path of the same run: tap, host')
      .option('--margin <SHARE>', 'changes up to this size are shown, and not called changes: 2%', shareOf('--margin'))
      .action(async (path: string | undefined) => {
        const flags = command.opts<TrendFlags>();
        if (path !== undefined && path === flags.relativeTo)
          throw usageError(`--relative-to ${path}: a path over itself is 1`);
        const { buildTrend } = await import('../../compare/build-trend.ts');
        const { selectTrendRuns } = await import('../../compare/select-trend-runs.ts');
        const { runs, setAside } = await selectTrendRuns({
          root: flags.runs ?? runsRoot(),
          label: flags.label ?? null,
          since: flags.since ?? null,
          last: flags.last ?? null,
          version: toolVersion,
          signal: context.signal,
          experiments: context.experiments,
        });
        const report = buildTrend(runs, {
          version: toolVersion,
          statistic: flags.percentile ?? flags.statistic,
          path: path ?? null,
          probe: flags.probe ?? null,
          relativeTo: flags.relativeTo ?? null,
          setAside,
          ...(flags.margin === undefined ? {} : { margin: flags.margin }),
        });
        if (report.series.length === 0)
          throw noSeries(runs, report, { path: path ?? null, probe: flags.probe ?? null });
        const { renderJson } = await import('../../results/json.ts');
        const { renderTrend } = await import('../../compare/trend-text.ts');
        context.print(flags.json ? renderJson(report) : renderTrend(report, lookOf(flags)));
      });
  },
};

/** A word that no run knows is a typing error; else the runs say why they have no point. */
function noSeries(
  runs: readonly TrendRun[],
  { setAside }: TrendReport,
  { path, probe }: { readonly path: string | null; readonly probe: string | null },
): HoplabError {
  const probes = runs.flatMap(({ report }) => report.probes);
  const paths = [...new Set(probes.flatMap(({ cells }) => cells.map((cell) => cell.path)))];
  const names = [...new Set(probes.map((one) => one.probe.name))];
  if (path !== null && paths.length > 0 && !paths.includes(path))
    return usageError(`trend: no run has a path "${path}"${didYouMean(path, paths)}; there are ${paths.join(', ')}`);
  if (probe !== null && names.length > 0 && !names.includes(probe))
    return usageError(
      `--probe: no run has a probe "${probe}"${didYouMean(probe, names)}; there are ${names.join(', ')}`,
    );
  const [first] = setAside;
  const why = first === undefined ? '' : `: ${first.run}: ${first.reason}`;
  return new HoplabError({
    code: 'NO_DATA',
    message: `trend: none of ${setAside.length} runs has a point${why}`,
    hint: 'hoplab runs',
  });
}
