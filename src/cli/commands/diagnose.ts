// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab diagnose`: which protocols pass a path, why others do not, and what cures it. */

import { type Command, Option } from 'commander';
import type { Diagnosis } from '../../model/diagnosis.ts';
import { RUNGS, type Rung } from '../../model/ladder.ts';
import { DIRECTIONS } from '../../model/place.ts';
import { RUNS_OPTION } from '../../run-store/runs-root.ts';
import { didYouMean } from '../../schema/nearest-word.ts';
import { type CliContext, type CommandModule, EXIT } from '../command.ts';
import { addGuestOptions, addMachineOptions, type LabFlags } from '../lab-options.ts';
import { pageHint } from '../next-step.ts';
import { addOutputOptions, lookOf } from '../output.ts';
import { type RecordFlags, startRecording } from '../record/start-recording.ts';
import { usageError, wholeNumber, wordList } from '../usage.ts';

interface DiagnoseFlags extends LabFlags, RecordFlags {
  /** true after --apply without a number. */
  readonly apply?: true | number;
  readonly rungs?: readonly Rung[];
  readonly draws?: number;
}

const PRICE_DRAWS = 4;

export const command: CommandModule = {
  examples: [
    { line: 'diagnose', says: 'every backend of this machine' },
    { line: 'diagnose tap', says: 'one path' },
    { line: 'diagnose ovs --no-cure', says: 'what its datapath does to checksums when nobody cures it' },
    { line: 'diagnose lab.yaml ovs', says: 'one path of a lab file' },
    { line: 'diagnose lab.yaml --apply', says: 'apply the cheapest cure, climb again, and say what it costs' },
    { line: 'diagnose lab.yaml --json', says: 'as JSON, in the form of schema/diagnosis.schema.json' },
  ],
  define(command: Command, context: CliContext) {
    addOutputOptions(addMachineOptions(addGuestOptions(command)))
      .option('--rungs <NAMES>', `these rungs of the ladder alone: ${RUNGS.slice(0, 3).join(',')}`, parseRungs)
      .addOption(new Option('--direction <WAY>', 'this direction alone').choices(DIRECTIONS))
      .option(
        '--apply [N]',
        'apply the cures, the N-th first, climb again and price them',
        wholeNumber('--apply', 1, 20),
      )
      .option('--draws <N>', 'pluggings per price; even', wholeNumber('--draws', 2, 1000))
      .option(...RUNS_OPTION)
      .option('-q, --quiet', 'no progress, only the report')
      .action(async (words: readonly string[]) => diagnose(words, command.opts<DiagnoseFlags>(), context));
  },
};

async function diagnose(words: readonly string[], flags: DiagnoseFlags, context: CliContext): Promise<void> {
  if (flags.draws !== undefined && flags.apply === undefined) throw usageError('--draws belongs to --apply');
  if (flags.draws !== undefined && flags.draws % 2 !== 0)
    throw usageError(`--draws must be even, got ${flags.draws}: slots are reversed in pairs`);
  const { loadLab } = await import('../lab-source.ts');
  const { draws: _, ...lab } = flags;
  const spec = await loadLab(words, lab);
  const { silent, recording } = await startRecording(flags, context);
  const { diagnoseLab } = await import('../../lab/index.ts');
  const { renderDiagnosis } = await import('../../render/text/diagnosis.ts');
  const { diagnosis, folder } = await diagnoseLab({
    spec,
    ...(flags.direction === undefined ? {} : { directions: [flags.direction] }),
    ...(flags.rungs === undefined ? {} : { rungs: flags.rungs }),
    apply: applyOf(flags),
    ...recording,
  });
  const json = `${JSON.stringify(diagnosis, null, 2)}\n`;
  // First of all to the terminal: a disk that is full by now takes nothing of it away.
  if (flags.json !== true) context.print(renderDiagnosis(diagnosis, lookOf(flags)));
  await folder.write('diagnosis.json', json);
  await folder.write('diagnosis.txt', renderDiagnosis(diagnosis, { width: PASTE_WIDTH, colour: false, ascii: true }));
  if (flags.json === true) context.print(json);
  if (!silent) {
    context.say(`to paste into a bug: ${folder.path}/diagnosis.txt; beside it diagnosis.json and the frames as pcapng`);
    context.say(pageHint(diagnosis.id, folder.path, flags.runs));
  }
  if (!isWell(diagnosis)) context.finish(EXIT.cellsFailed);
}

function parseRungs(text: string): Rung[] {
  return wordList('--rungs')(text).map((word) => {
    const found = RUNGS.find((rung) => rung === word);
    if (found !== undefined) return found;
    throw usageError(`--rungs: no rung "${word}"${didYouMean(word, RUNGS)}; the ladder has ${RUNGS.join(', ')}`);
  });
}

/** A mail's width. */
const PASTE_WIDTH = 100;

function applyOf({ apply, draws }: DiagnoseFlags): { number: number; draws: number } | null {
  if (apply === undefined) return null;
  return { number: apply === true ? 1 : apply, draws: draws ?? PRICE_DRAWS };
}

/** Every path passes, or one of the cures that were applied healed it. */
function isWell({ paths, applied }: Diagnosis): boolean {
  return paths.every(({ path, failed, ladders, verdicts }) => {
    if (applied.some((one) => one.path === path && one.healed)) return true;
    const broken = verdicts.some(({ severity }) => severity === 'broken');
    return failed === null && !broken && ladders.every(({ rungs }) => rungs.every(({ outcome }) => outcome !== 'fail'));
  });
}
