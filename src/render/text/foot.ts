// SPDX-License-Identifier: GPL-2.0-only
/** The last lines of the text: the machine, the run, and the command that made it. */

import type { MachineLine } from '../../model/machine-line.ts';
import type { Report } from '../../model/result.ts';
import { GUESSED_VERSION, wasKilled } from '../../model/run-header.ts';
import { vmmText } from '../../results/run/machine-line.ts';
import { commandLine } from '../../words/command-line.ts';
import { formatCounted, formatDuration, formatMoment } from '../../words/format.ts';
import { plainText } from '../../words/plain-text.ts';
import { wrap } from '../../words/wrap.ts';
import { paint, type TextOptions } from './style.ts';

const MOST_OF_COMMAND = 200;

export function footLines(
  { machine, run, tool }: Pick<Report, 'machine' | 'run' | 'tool'>,
  options: TextOptions,
): string[] {
  return footTexts({ machine, run, tool }).flatMap((text) => {
    const lines = wrap(plainText(text), { width: options.width, first: '', rest: '  ' });
    return lines.map((line) => paint(line, 'faint', options));
  });
}

/** The machine, the run and its command, a sentence each. */
export function footTexts({ machine, run, tool }: Pick<Report, 'machine' | 'run' | 'tool'>): string[] {
  return [machineText(machine), runText({ run, tool }), `command: ${commandText(run.argv)}`];
}

function machineText(machine: MachineLine): string {
  const { hostname, cpu, cpus, kernel, guestKernel, accel, scheduling } = machine;
  const vmm = vmmText(machine);
  const guest = guestKernel === null ? [] : [`guest Linux ${guestKernel}${accel === null ? '' : ` under ${accel}`}`];
  const parts = [
    hostname,
    `${cpu}, ${formatCounted(cpus, 'CPU')}`,
    `Linux ${kernel}`,
    ...(vmm === null ? [] : [vmm]),
    ...guest,
    `scheduling ${scheduling}`,
  ];
  return `machine: ${parts.join(' · ')}`;
}

function runText({ run, tool }: Pick<Report, 'run' | 'tool'>): string {
  const took = run.endedAt === null ? Number.NaN : Date.parse(run.endedAt) - Date.parse(run.startedAt);
  const known = Number.isFinite(took) && took >= 0;
  const time = known ? ` ${run.state === 'finished' ? 'in' : 'after'} ${formatDuration(took * 1e6)}` : '';
  const reporter = tool.version === run.tool.version ? '' : `, reported by ${tool.version}`;
  const version = `hoplab ${run.tool.version}${reporter}`;
  const state = isGuessed(run)
    ? 'how it ended could not be read'
    : wasKilled(run)
      ? 'killed, its process is gone'
      : run.state;
  return `run ${run.id}: ${state}${time}, started ${formatMoment(run.startedAt)}, ${version}`;
}

/** A run whose head could not be read has no version of its own. */
function isGuessed({ tool }: Report['run']): boolean {
  return tool.version === GUESSED_VERSION;
}

/** As it was typed, but for quotes: what was asked for explains what is here. */
function commandText(argv: readonly string[]): string {
  return plainText(commandLine(argv), MOST_OF_COMMAND);
}
