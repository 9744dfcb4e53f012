// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab trace`: where the time of a round trip goes, hop by hop. */

import { type Command, Option } from 'commander';
import type { Recorded } from '../../experiments/experiment.ts';
import type { LabSpec } from '../../model/lab-spec.ts';
import { DIRECTIONS } from '../../model/place.ts';
import type { Protocol } from '../../model/probe-spec.ts';
import { MECHANISM_CHOICES, type MechanismChoice } from '../../model/trace-mechanism.ts';
import { TRACEABLE, type Traceable } from '../../model/traced-machine.ts';
import { protocolWords } from '../../probes/index.ts';
import { EXPORT_KINDS } from '../../render/formats/trace-export.ts';
import { checkLabel } from '../../run-store/layout.ts';
import { RUNS_OPTION } from '../../run-store/runs-root.ts';
import type { CliContext, CommandModule } from '../command.ts';
import { addGuestOptions, addMachineOptions, type LabFlags } from '../lab-options.ts';
import { addOutputOptions, lookOf } from '../output.ts';
import { type RecordFlags, type Recording, startRecording } from '../record/start-recording.ts';
import { parseExport, type WantedExport } from '../show/trace-export.ts';
import { repeated, usageError, wholeNumber } from '../usage.ts';

interface TraceFlags extends Omit<LabFlags, 'protocol' | 'size' | 'pace'>, RecordFlags {
  readonly protocol?: Protocol;
  readonly size?: string;
  readonly pace?: string;
  readonly pairs?: number;
  readonly light?: boolean;
  readonly mechanism?: MechanismChoice;
  /** true after --explain without a place. */
  readonly explain?: true | Traceable;
  /** true after --slow without a number. */
  readonly slow?: true | number;
  readonly diff?: boolean;
  readonly export?: readonly WantedExport[];
  readonly label?: string;
}

/** Bytes of a request and of a response: enough for the tracer's own marks in a datagram. */
const SIZE = '64';
const PAIRS = 4;
const COUNT = 500;
const SLOWEST = 5;

export const command: CommandModule = {
  examples: [
    { line: 'trace tap', says: 'one path, in 4 pairs of a traced and an untraced block' },
    { line: 'trace --diff tap ebpf', says: 'two paths: a table each, and where their difference is made' },
    { line: 'trace tap --slow 3', says: 'the three slowest transactions, and what had their CPUs' },
    { line: 'trace tap --export chrome:tap.json', says: 'also a file for the Perfetto UI' },
    { line: 'trace tap --light', says: 'three points alone: the cheapest trace' },
    { line: 'trace tap --mechanism tracefs', says: "without BPF: by the kernel's own tracepoints" },
    { line: 'trace tap --explain', says: "one packet's way through the guest's kernel, function by function" },
    { line: 'trace tap --explain host', says: 'the same in the kernel of this machine' },
    { line: 'trace --protocol udp_rr --pace 1ms macvtap', says: 'datagrams, one every millisecond' },
    { line: 'trace lab.yaml', says: 'the paths of a lab file' },
    { line: 'trace host --json', says: 'the floor, as JSON' },
  ],
  define(command: Command, context: CliContext) {
    addOutputOptions(addMachineOptions(addGuestOptions(command)))
      .option('--light', 'three points alone, for the lowest cost')
      .addOption(
        new Option(
          '--mechanism <NAME>',
          'by what times are taken; default auto: the best that works on each machine',
        ).choices(MECHANISM_CHOICES),
      )
      .addOption(
        new Option(
          '--explain [PLACE]',
          'the functions that one packet passes in the kernel of the guest or of a host; nothing is measured',
        )
          .choices(TRACEABLE)
          .conflicts(['light', 'mechanism', 'slow', 'diff', 'export', 'pairs', 'count', 'label', 'json']),
      )
      .addOption(
        new Option(
          '--slow [N]',
          `keep the N slowest transactions whole, and what else ran on their CPUs; default ${SLOWEST}`,
        )
          .conflicts('light')
          .argParser(wholeNumber('--slow', 1, 100)),
      )
      .option('--diff', 'two paths, alone in rotation: where the second differs from the first')
      .option(
        '--export <KIND[:FILE]>',
        `also write ${EXPORT_KINDS.join(', ')} (repeatable); default: a file named after the run, here`,
        repeated(parseExport),
      )
      .option(
        '--pairs <N>',
        `pairs of a traced and an untraced block; default ${PAIRS}`,
        wholeNumber('--pairs', 1, 100),
      )
      .option('--count <N>', `transactions per path and block; default ${COUNT}`, wholeNumber('--count', 50, 100_000))
      .addOption(new Option('--protocol <NAME>', 'what is sent; default tcp_rr').choices(protocolWords()))
      .option('--size <REQ[,RES]>', `bytes of request and response; default ${SIZE}`)
      .option('--pace <DURATION>', 'gap between transactions: 0, 250us, 10ms; default 0')
      .addOption(new Option('--direction <WAY>', 'from client to server').choices(DIRECTIONS))
      .option('--label <TEXT>', 'a name for the trace, for `hoplab report TEXT`')
      .option(...RUNS_OPTION)
      .option('-q, --quiet', 'no progress, only the report')
      .action(async (words: readonly string[]) => trace(words, command.opts<TraceFlags>(), context));
  },
};

async function trace(words: readonly string[], flags: TraceFlags, context: CliContext): Promise<void> {
  const label = flags.label === undefined ? null : checkLabel(flags.label);
  const { loadLab, sourceOf } = await import('../lab-source.ts');
  const [a, b, third] = [...sourceOf(words).named, ...(flags.only ?? [])];
  if (flags.diff && (a === undefined || b === undefined || third !== undefined))
    throw usageError(`--diff takes two paths, got "${words.join(' ')}"`, 'hoplab trace --diff tap ebpf');
  // Their order goes with the run: a report of it compares the same way round.
  const compared = flags.diff && a !== undefined && b !== undefined ? { compare: [[b, a]] as const } : {};
  if (flags.mechanism === 'timestamping' && (flags.light === true || flags.slow !== undefined))
    throw usageError(
      '--mechanism timestamping takes the stamps of the client alone, got --light or --slow',
      'hoplab trace tap --mechanism timestamping',
    );
  const { protocol = 'tcp_rr', size = SIZE, pace = '0', count = COUNT, pairs = PAIRS, ...lab } = flags;
  const probe = { protocol: [protocol], size: [size], pace: [pace], count };
  const spec = await loadLab(words, { ...lab, ...probe, ...compared });
  const { silent, recording } = await startRecording(flags, context);
  if (flags.explain !== undefined) return explain({ spec, flags, recording }, context);
  const { traceLab } = await import('../../lab/index.ts');
  const recorded = await traceLab({
    spec,
    profile: flags.light ? 'light' : flags.slow === undefined ? 'full' : 'slow',
    slowest: flags.slow === undefined ? 0 : flags.slow === true ? SLOWEST : flags.slow,
    mechanism: flags.mechanism ?? 'auto',
    pairs,
    count,
    label,
    ...recording,
  });
  const { trace: experiment } = await import('../../experiments/trace/trace.ts');
  const { afterRun } = await import('../show/after-run.ts');
  const { writeExports } = await import('../show/trace-export.ts');
  const more = async ({ records }: Recorded): Promise<void> => {
    if (records !== undefined) await writeExports(records, flags.export ?? [], context);
  };
  await afterRun(recorded, { experiment, flags, silent, context, more });
}

interface Explaining {
  readonly spec: LabSpec;
  readonly flags: TraceFlags;
  readonly recording: Recording;
}

async function explain({ spec, flags, recording }: Explaining, context: CliContext): Promise<void> {
  const { explainTrace } = await import('../../lab/index.ts');
  const explained = await explainTrace({
    spec,
    machine: flags.explain === undefined || flags.explain === true ? null : flags.explain,
    ...recording,
  });
  const { explainText } = await import('../show/explain-text.ts');
  context.print(explainText(explained, lookOf(flags).width));
  if (!flags.quiet) context.say(`all of what the tracer wrote: ${explained.file}`);
}
