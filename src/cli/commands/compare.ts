// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab compare`: runs, paths or groups of runs beside each other, from their folders alone. */
import { type Command, Option } from 'commander';
import { FAIL_WHENS, parseThreshold } from '../../compare/thresholds.ts';
import { STATISTICS, type StatisticName, UNLIKE_KEYS } from '../../model/compare.ts';
import { RUNS_OPTION, runsRoot } from '../../run-store/runs-root.ts';
import type { CliContext, CommandModule } from '../command.ts';
import type { CompareFlags } from '../compare-flags.ts';
import { addOutputOptions } from '../output.ts';
import { oneOf, repeated, shareOf, usageError, wholeNumber, wordList } from '../usage.ts';

export const command: CommandModule = {
  examples: [
    { line: 'compare before after', says: 'all runs with one label against all with another' },
    { line: 'compare 20260102-1504 latest', says: 'the newest run against an older one' },
    { line: 'compare latest:tap latest:macvtap', says: 'two paths of one run' },
    { line: 'compare --baseline nightly latest', says: 'the newest run against the nightly ones before it' },
    { line: 'compare --label nightly --since 2026-11-20', says: 'before and since a day' },
    { line: 'compare before after --allow vhost', says: 'although vhost was off in one of them' },
    {
      line: "compare --baseline main latest --fail-if 'p99 > 1.05x' --junit compare.xml --summary",
      says: 'in continuous integration',
    },
  ],
  define(command: Command, context: CliContext) {
    addOutputOptions(command)
      .option(...RUNS_OPTION)
      .option('--baseline <RUN>', 'a run, or all runs of a label, of the baseline (repeatable)', repeated(String))
      .option('--since <WHEN>', 'a day, a time or a run: all runs from it on against those before it')
      .option('--label <LABEL>', 'with --since: runs with this label alone')
      .option('--last <N>', "at most so many of a group's newest runs", wholeNumber('--last', 1, 100_000))
      .option('--only <PATHS>', 'these paths alone: tap,macvtap', wordList('--only'))
      .option('--statistic <LIST>', `some of ${STATISTICS.join(',')}`, readStatistics)
      .addOption(new Option('--statistics <LIST>').argParser(readStatistics).hideHelp())
      .option(
        '--relative-to <PATH>',
        "divide by this path inside each run before comparing; auto: by the run's reference where both rotate together; none",
      )
      .option('--margin <SHARE>', 'differences up to this size are not claimed: 2%', shareOf('--margin'))
      .option(
        '--allow <KEY>',
        `compare runs that are unlike in this: ${UNLIKE_KEYS.join(', ')} (repeatable)`,
        repeated(oneOf('--allow', UNLIKE_KEYS)),
      )
      .option('--all', 'also what is beside the rows that are judged')
      .option(
        '--fail-if <THRESHOLD>',
        "exit with 4 if '[path.]p99 > 1.05x'; limits are 1.05x, +5%, 300us or +20us (repeatable)",
        repeated(parseThreshold),
      )
      .addOption(
        new Option(
          '--fail-when <HOW>',
          'estimate: the estimate is beyond the limit; difference: and the interval excludes "no difference"; sure: all of it is beyond',
        )
          .choices(FAIL_WHENS)
          .default('difference'),
      )
      .option('--junit <FILE>', 'also write JUnit XML')
      .option('--summary [FILE]', 'also append Markdown to a file, or to $GITHUB_STEP_SUMMARY')
      .action(async (words: readonly string[]) => {
        const flags = command.opts<CompareFlags>();
        const { compareAndShow } = await import('../show/show-comparison.ts');
        await compareAndShow(words, { ...flags, runs: flags.runs ?? runsRoot() }, context);
      });
  },
};

function readStatistics(text: string): StatisticName[] {
  const read = oneOf('--statistic', STATISTICS);
  const words = wordList('--statistic')(text).map(read);
  if (new Set(words).size !== words.length) throw usageError(`--statistic ${text} names one of them twice`);
  return words;
}
