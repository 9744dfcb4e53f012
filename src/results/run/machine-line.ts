// SPDX-License-Identifier: GPL-2.0-only
/** The line under the tables: what machine, kernel, guest and scheduling the figures are of. */
import type { Block } from '../../model/block.ts';
import type { MachineLine } from '../../model/machine-line.ts';
import type { Run } from '../../run-store/read-run.ts';

const UNKNOWN = 'unknown';

/** What the environment and the blocks say; "unknown" for what could not be read. */
export function machineLine({ environment, blocks }: Pick<Run, 'environment' | 'blocks'>): MachineLine {
  return {
    hostname: environment?.hostname ?? UNKNOWN,
    cpu: environment?.cpu.model ?? UNKNOWN,
    cpus: environment?.cpu.online.length ?? 0,
    kernel: environment?.kernel.release ?? UNKNOWN,
    qemu: environment?.qemu?.version ?? null,
    guestKernel: environment?.guest?.kernel ?? null,
    accel: environment?.guest?.accel ?? null,
    scheduling: grantedScheduling(blocks),
  };
}

/** What was granted, not what was asked for: "fifo:10", or each that occurred. */
function grantedScheduling(blocks: readonly Block[]): string {
  const clients = distinct(blocks.map((block) => block.client.scheduling));
  const servers = distinct(blocks.map((block) => block.server.scheduling));
  if (clients === '' && servers === '') return UNKNOWN;
  return clients === servers ? clients : `clients ${clients}, servers ${servers}`;
}

function distinct(words: readonly string[]): string {
  return [...new Set(words)].join(' and ');
}
