// SPDX-License-Identifier: GPL-2.0-only
/** Instances of tracefs that a lab made outside its namespaces: buffers and tracepoints that outlive their maker. */

import { rmdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf } from '../model/errno.ts';

/** Where the kernel's tracing is mounted since Linux 4.1; older ways of mounting it are not looked for. */
export const TRACEFS = '/sys/kernel/tracing';

/** No other name is removed, whatever a journal says. */
const OURS = /^\/sys\/kernel\/(?:debug\/)?tracing\/instances\/hoplab-[A-Za-z0-9._-]+$/;
/** A reader that was killed lets go of its files when it has been reaped. */
const TRIES = 40;
const TRY_MS = 25;

/** The instances of a lab: one name for each of its streams. */
export function instanceName(lab: string, block: number, stream: string): string {
  return `hoplab-${lab}-${block}-${stream}`;
}

export function instancePath(name: string): string {
  return `${TRACEFS}/instances/${name}`;
}

/** Removes those that are there; those that were removed, or a reason why one could not be. */
export async function removeInstances(
  paths: readonly string[],
): Promise<{ readonly removed: readonly string[]; readonly failed: string | null }> {
  const removed: string[] = [];
  let failed: string | null = null;
  for (const path of paths) {
    if (!OURS.test(path)) continue;
    const outcome = await removeInstance(path);
    if (outcome === 'removed') removed.push(path);
    else if (outcome !== 'gone') failed ??= `${path}: ${outcome}`;
  }
  return { removed, failed };
}

async function removeInstance(path: string): Promise<string> {
  for (let tried = 0; ; tried++) {
    try {
      await rmdir(path);
      return 'removed';
    } catch (error) {
      const code = errnoOf(error) ?? String(error);
      if (code === 'ENOENT') return 'gone';
      if (code !== 'EBUSY' || tried === TRIES) return code;
      await delay(TRY_MS);
    }
  }
}
