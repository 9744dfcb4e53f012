// SPDX-License-Identifier: GPL-2.0-only
/** The line under the tables: what machine, kernel, guest and scheduling the figures are of. */
import type { Block } from '../../model/block.ts';
import type { MachineLine } from '../../model/machine-line.ts';
import { VMM_KEY } from '../../model/recorded-words.ts';
import type { Run } from '../../run-store/read-run.ts';
import { vmmRecorded } from '../../vmms/index.ts';
import { firstGuest } from './guests-recorded.ts';

const UNKNOWN = 'unknown';

/** What the environment and the blocks say; "unknown" for what could not be read. */
export function machineLine({ environment, spec, blocks }: Pick<Run, 'environment' | 'spec' | 'blocks'>): MachineLine {
  const guest = environment === null ? null : firstGuest(environment);
  return {
    hostname: environment?.hostname ?? UNKNOWN,
    cpu: environment?.cpu.model ?? UNKNOWN,
    cpus: environment?.cpu.online.length ?? 0,
    kernel: environment?.kernel.release ?? UNKNOWN,
    [VMM_KEY]: guest?.vmm.version ?? null,
    ...vmmName(guest?.vmm.kind ?? spec?.guest.vmm),
    guestKernel: guest?.kernel ?? null,
    accel: guest?.accel ?? null,
    scheduling: grantedScheduling(blocks),
  };
}

/** Name and version, without that of its package behind it; null without a guest. */
export function vmmText({ [VMM_KEY]: version, vmm }: MachineLine): string | null {
  return version === null ? null : `${vmm ?? vmmRecorded(undefined).name} ${version.split(' ')[0] ?? version}`;
}

/** The first VMM's name is understood. */
function vmmName(kind: string | undefined): { readonly vmm?: string } {
  const { name } = vmmRecorded(kind);
  return name === vmmRecorded(undefined).name ? {} : { vmm: name };
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
