// SPDX-License-Identifier: GPL-2.0-only
/** Tells whether the process that writes a run folder is still alive. */
import { readFileSync } from 'node:fs';
import type { RunOwner } from '../model/run-header.ts';

/** This process, or null where there is no /proc. */
export function currentOwner(): RunOwner | null {
  const bootId = readBootId();
  const startTicks = readStartTicks(process.pid);
  return bootId === null || startTicks === null ? null : { pid: process.pid, startTicks, bootId };
}

/** True: alive; false: gone. A process of another boot or machine counts as gone. */
export function isAlive(owner: RunOwner): boolean {
  return owner.bootId === readBootId() && owner.startTicks === readStartTicks(owner.pid);
}

function readBootId(): string | null {
  return readText('/proc/sys/kernel/random/boot_id')?.trim() ?? null;
}

/** Field 22 of /proc/PID/stat, see proc(5); the command in field 2 may itself hold blanks and parentheses. */
function readStartTicks(pid: number): number | null {
  const stat = readText(`/proc/${Math.trunc(pid)}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended; only its parent has not noticed.
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  const ticks = Number(fields[19]);
  return Number.isSafeInteger(ticks) ? ticks : null;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null; // no such process, or no /proc: both mean "cannot be told to be alive"
  }
}
