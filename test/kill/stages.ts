// SPDX-License-Identifier: GPL-2.0-only
/** The stages of a run at which the tests end it, told by the lines of its progress. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_FILES } from '../../src/run-store/layout.ts';
import { LONG } from '../support/long.ts';

/** Small, but with every stage: two hosts, a guest, an overview of two probes, draws. */
export const RUN_ARGS = [
  ...['run', '--force', '--only', 'host,tap', '--accel', 'tcg', '--seed', '3'],
  ...['--probe', 'tcp_rr', '--probe', 'tcp_rr,pace=2ms,name=paced', '--count', '400'],
] as const;

export interface Stage {
  readonly name: string;
  /** The signal comes after this stood in the progress, ... */
  readonly seen: RegExp;
  /** ... and a random time below this. */
  readonly spreadMs: number;
  /** How many blocks are finished by then, at least. */
  readonly blocks: number;
}

const STAGES: readonly Stage[] = [
  { name: 'while paths are attached', seen: /attach 3 paths \.\.\./, spreadMs: 60, blocks: 0 },
  { name: 'in the first block of host', seen: /tcp-rr, round 1 of \d: host.* \.\.\./, spreadMs: 20, blocks: 0 },
  { name: 'while the guest boots', seen: /boot guest 0 \(tcg\) \.\.\./, spreadMs: 2000, blocks: 1 },
  { name: 'when the first NIC is plugged', seen: /boot guest 0 \(tcg\) \.\.\. [\d.]+ s/, spreadMs: 200, blocks: 1 },
  { name: 'in a block of the guest', seen: /paced, round 2 of \d: tap.* \.\.\./, spreadMs: 150, blocks: 3 },
  { name: 'in a block of host', seen: /paced, round 3 of \d: host.* \.\.\./, spreadMs: 150, blocks: 3 },
  { name: 'in a draw', seen: /tcp-rr, draw 2 of \d: tap-twin against tap.* \.\.\./, spreadMs: 500, blocks: 17 },
  { name: 'between two blocks', seen: /paced, round 2 of \d: tap.* \.\.\. [\d.]+ s/, spreadMs: 20, blocks: 3 },
];

/** Those at which a run gets one of both signals: each gets one, and in the long form both. */
export function stagesOf(signal: 'SIGINT' | 'SIGKILL'): readonly Stage[] {
  return LONG ? STAGES : STAGES.filter((_, index) => (index % 2 === 0) === (signal === 'SIGINT'));
}

/** In a run of the path `host` alone, with its default probes. */
export const LAST_HOST_BLOCK = /tcp-rr-10ms, round 4 of 4: host.* \.\.\. [\d.]+ s/;

/** How many blocks a run folder holds: on a busy machine a signal comes late, and more are finished than the stage says. */
export function finishedBlocks(folder: string): number {
  const blocks = join(folder, RUN_FILES.blocks);
  return existsSync(blocks) ? readdirSync(blocks).filter((name) => name.endsWith('.json')).length : 0;
}
