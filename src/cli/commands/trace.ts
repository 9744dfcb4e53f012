/** `hoplab trace`: where the time of a round trip goes, hop by hop. */
import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { LabSpec } from '../../model/lab-spec.ts';
import { DIRECTIONS, PROTOCOLS } from '../../model/probe-spec.ts';
import { checkLabel, runsRoot } from '../../run-store/layout.ts';
import { HARMFUL } from '../../run-store/plain-text.ts';
import { collectDead } from '../collect-dead.ts';
import { type CliContext, type CommandModule, EXIT } from '../command.ts';
import { addGuestOptions, type LabFlags } from '../lab-options.ts';
import { addOutputOptions, type OutputFlags } from '../output.ts';
import { stderrProgress } from '../progress.ts';
import { usageError, wholeNumber } from '../usage.ts';

interface TraceFlags extends Omit<LabFlags, 'protocol' | 'size' | 'pace'>, OutputFlags {
  readonly protocol?: (typeof PROTOCOLS)[number];
  readonly size?: string;
  readonly pace?: string;
  readonly pairs?: number;
  readonly light?: boolean;
  readonly explain?: boolean;
  readonly label?: string;
  readonly runs?: string;
  readonly quiet?: boolean;
  readonly force?: boolean;
}

/** Bytes of a request and of a response: enough for the tracer's own marks in a datagram. */
const SIZE = '64';
const PAIRS = 4;
const COUNT = 500;
/** Connections of one transaction each have no order to join their packets by. */
const TRACED_PROTOCOLS = PROTOCOLS.filter((protocol) => protocol !== 'tcp_crr');

export const command: CommandModule = {
  examples: [
    { line: 'trace tap', says: 'one path, in 4 pairs of a traced and an untraced block' },
    { line: 'trace tap ebpf', says: 'two paths in rotation, one table each' },
    { line: 'trace tap --light', says: 'three points alone: the cheapest trace' },
    { line: 'trace tap --explain', says: "one packet's way through the guest's kernel, function by function" },
    { line: 'trace --protocol udp_rr --pace 1ms macvtap', says: 'datagrams, one every millisecond' },
    { line: 'trace lab.yaml', says: 'the paths of a lab file' },
    { line: 'trace host --json', says: 'the floor, as JSON' },
  ],
  define(command: Command, context: CliContext) {
    addOutputOptions(addGuestOptions(command))
      .option('--light', 'three points alone, for the lowest cost')
      .addOption(
        new Option(
          '--explain',
          "the functions that one packet passes in the guest's kernel; nothing is measured",
        ).conflicts(['light', 'pairs', 'count', 'label', 'force', 'json']),
      )
      .option(
        '--pairs <N>',
        `pairs of a traced and an untraced block; default ${PAIRS}`,
        wholeNumber('--pairs', 1, 100),
      )
      .option('--count <N>', `transactions per path and block; default ${COUNT}`, wholeNumber('--count', 50, 100_000))
      .addOption(new Option('--protocol <NAME>', 'what is sent; default tcp_rr').choices(TRACED_PROTOCOLS))
      .option('--size <REQ[,RES]>', `bytes of request and response; default ${SIZE}`)
      .option('--pace <DURATION>', 'gap between transactions: 0, 250us, 10ms; default 0')
      .addOption(new Option('--direction <WAY>', 'from client to server').choices(DIRECTIONS))
      .option('--label <TEXT>', 'a name for the trace, for `hoplab report TEXT`')
      .option('--runs <DIR>', 'folder of runs, instead of $HOPLAB_RUNS or ./runs')
      .option('-q, --quiet', 'no progress, only the report')
      .option('--force', 'trace although another measuring run is under way')
      .action(async (words: readonly string[]) => trace(words, command.opts<TraceFlags>(), context));
  },
};

async function trace(words: readonly string[], flags: TraceFlags, context: CliContext): Promise<void> {
  const label = flags.label === undefined ? null : checkLabel(flags.label);
  const { loadLab } = await import('../lab-source.ts');
  const { file, only } = sourceOf(words);
  const { protocol = 'tcp_rr', size = SIZE, pace = '0', count = COUNT, pairs = PAIRS, ...lab } = flags;
  const probe = { protocol: [protocol], size: [size], pace: [pace], count };
  const spec = await loadLab(file, { ...lab, ...probe, ...(only.length === 0 ? {} : { only }) });
  const silent = flags.quiet === true || flags.json === true;
  await collectDead(context, { quiet: silent });
  if (flags.explain) return explain(spec, flags, context);
  const { traceLab } = await import('../../lab/index.ts');
  const { folder, interrupted } = await traceLab({
    spec,
    profile: flags.light ? 'light' : 'full',
    pairs,
    count,
    runsRoot: flags.runs ?? runsRoot(),
    label,
    force: flags.force ?? false,
    argv: context.argv,
    progress: stderrProgress({ silent }),
    signal: context.signal,
  });
  if (!silent) context.say(`run folder: ${folder}`);
  if (interrupted) context.finish(EXIT.interrupted);
  const { showTrace } = await import('../show-trace.ts');
  const report = await showTrace(folder, flags, context);
  if (!interrupted && report.failed.length > 0) context.finish(EXIT.cellsFailed);
}

async function explain(spec: LabSpec, flags: TraceFlags, context: CliContext): Promise<void> {
  const { explainTrace } = await import('../../lab/index.ts');
  const { path, guest, functions, file } = await explainTrace({
    spec,
    runsRoot: flags.runs ?? runsRoot(),
    progress: stderrProgress({ silent: flags.quiet === true }),
    signal: context.signal,
  });
  const head = `${path}: one transaction in the guest (Linux ${guest}), ${functions.functions} functions; times are those of the tracer, which slows each of them down`;
  context.print(`${[head, ...functions.lines].map((line) => plainLine(line)).join('\n')}\n`);
  if (!flags.quiet) context.say(`all of what the tracer wrote: ${file}`);
}

/** As the kernel laid it out, without what a terminal might obey. */
function plainLine(line: string): string {
  return line.replaceAll('\t', ' ').replace(HARMFUL, ' ');
}

/** A first word that is a file is a lab file; all others name paths of it, or of the default lab. */
function sourceOf(words: readonly string[]): { readonly file: string | undefined; readonly only: readonly string[] } {
  const [first, ...rest] = words;
  const isFile = first !== undefined && (/[/.]/.test(first) || existsSync(first));
  const only = (isFile ? rest : words).flatMap((word) => word.split(','));
  if (only.some((word) => word === '')) throw usageError(`trace takes names of paths, got "${words.join(' ')}"`);
  return { file: isFile ? first : undefined, only };
}
