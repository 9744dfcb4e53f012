// SPDX-License-Identifier: GPL-2.0-only
/** The options that the commands share that open a lab: which one, what to measure, and how. */

import { type Command, Option } from 'commander';
import { EFFORTS } from '../config/defaults.ts';
import { ACCELS, type AccelChoice, ARCHES, type Arch } from '../model/lab-spec.ts';
import { DIRECTIONS, type Direction } from '../model/place.ts';
import type { Protocol } from '../model/probe-spec.ts';
import { protocolWords } from '../probes/index.ts';
import type { MachineWish } from '../system/measuring-lock.ts';
import { repeated, usageError, wholeNumber, wordList } from './usage.ts';

/** The options as commander hands them over; lab-source.ts reads what is still text. */
export interface LabFlags {
  readonly quick?: boolean;
  readonly thorough?: boolean;
  readonly draws?: number;
  readonly guests?: number;
  readonly until?: string;
  readonly maxDraws?: number;
  readonly maxTime?: string;
  readonly reference?: string;
  readonly compare?: readonly (readonly [string, string])[];
  readonly only?: readonly string[];
  readonly paths?: readonly string[];
  readonly probe?: readonly string[];
  readonly protocol?: readonly Protocol[];
  readonly size?: readonly string[];
  readonly pace?: readonly string[];
  readonly count?: number;
  readonly duration?: string;
  readonly direction?: Direction;
  readonly seed?: number;
  readonly kernel?: string;
  readonly modules?: string;
  readonly arch?: Arch;
  readonly accel?: AccelChoice;
  readonly scheduling?: 'fifo' | 'other';
  /** false after --no-twin. */
  readonly twin?: boolean;
  /** false after --no-cure. */
  readonly cure?: boolean;
  readonly uplinkIsMine?: boolean;
}

/** What every command that opens a lab does where another one measures. */
export function addMachineOptions(command: Command): Command {
  return command
    .option('--force', 'go on although another measuring run is under way: each disturbs the other')
    .option('--wait', 'wait until no other measuring run is under way');
}

export function machineOf({ force = false, wait = false }: { force?: boolean; wait?: boolean }): MachineWish {
  if (force && wait) throw usageError('--force goes on at once, and --wait waits: one of them');
  return { force, wait };
}

export function addLabOptions(command: Command): Command {
  const same = (text: string) => text;
  return addGuestOptions(
    command
      .addOption(new Option('--quick', 'the overview alone, with fewer transactions').conflicts(['thorough', 'draws']))
      .option(
        '--thorough',
        `${EFFORTS.thorough.draws} draws in ${EFFORTS.thorough.guests} guests, and enough samples for p99.9`,
      )
      .option('--reference <NAME>', 'the path that the others are compared with')
      .option('--compare <A,B>', 'compare path A with path B, and no others (repeatable)', repeated(parsePair))
      .option('--draws <N>', 'pluggings per comparison; even', wholeNumber('--draws', 0, 1000))
      .option('--guests <N>', 'fresh guests over which the draws are spread', wholeNumber('--guests', 1, 100))
      .addOption(
        new Option('--until <SHARE>', 'add draws until the half-width of every interval is at most this: 1%').conflicts(
          'quick',
        ),
      )
      .option('--max-draws <N>', 'with --until: the most draws per comparison', wholeNumber('--max-draws', 4, 200))
      .option('--max-time <DURATION>', 'with --until: no draws are added beyond this time: 5min')
      .option('--no-twin', 'no A/A control')
      .option(
        '--probe <SPEC>',
        'a probe in the words of the lab file: protocol=udp_rr,request=64,pace=1ms (repeatable)',
        repeated(same),
      )
      .addOption(
        new Option('--protocol <NAME>', `one of ${protocolWords().join(', ')} (repeatable)`).argParser(
          repeated(parseProtocol),
        ),
      )
      .option('--size <REQ[,RES]>', 'bytes of request and response: 1, 64,16k (repeatable)', repeated(same))
      .option('--pace <DURATION>', 'gap between transactions: 0, 250us, 10ms (repeatable)', repeated(same))
      .option('--count <N>', 'transactions per path in the overview', wholeNumber('--count', 1, 1_000_000))
      .option('--duration <DURATION>', 'upper limit for one block: 5s')
      .addOption(new Option('--direction <WAY>', 'from client to server').choices(DIRECTIONS)),
  );
}

/** The options of a lab that is looked at and not measured. */
export function addGuestOptions(command: Command): Command {
  return command
    .option('--only <NAMES>', 'these paths alone: tap,macvtap', wordList('--only'))
    .addOption(new Option('--paths <NAMES>').argParser(wordList('--paths')).hideHelp())
    .option('--seed <N>', 'seed of every random order', wholeNumber('--seed', 0))
    .option('--no-cure', 'leave out what keeps a backend from a fault of its own, to see the fault')
    .option('--uplink-is-mine', 'borrow an uplink though something uses it; never the one that ssh goes over')
    .option('--kernel <KERNEL>', "the guest's kernel: debian, host, or the file of an image")
    .option('--modules <DIR>', 'the modules of a kernel given as a file')
    .addOption(new Option('--arch <ARCH>', "the guest's architecture; this machine's by default").choices(ARCHES))
    .addOption(new Option('--accel <ACCEL>', 'how the guest runs').choices(ACCELS))
    .addOption(new Option('--scheduling <POLICY>', 'class of all measured processes').choices(['fifo', 'other']));
}

function parsePair(text: string): readonly [string, string] {
  const [a, b, ...rest] = wordList('--compare')(text);
  if (a !== undefined && b !== undefined && rest.length === 0) return [a, b];
  throw usageError(`--compare takes two paths, as in --compare macvtap,tap, got "${text}"`);
}

function parseProtocol(text: string): Protocol {
  const found = protocolWords().find((protocol) => protocol === text.toLowerCase().replaceAll('-', '_'));
  if (found !== undefined) return found;
  throw usageError(`--protocol must be one of ${protocolWords().join(', ')}, got "${text}"`);
}
