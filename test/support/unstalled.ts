// SPDX-License-Identifier: GPL-2.0-only
/** A watch for what must take little time: it stands while the machine has no CPU to give. */
import { readFileSync } from 'node:fs';

/** However busy the machine is, this share of the time counts: a limit is five times as long at most. */
const COUNTED = 0.2;

/**
 * Starts a watch, which says the milliseconds since then without those in which some process waited for a CPU (Linux
 * tells of them in /proc/pressure/cpu; where it does not, every one counts). A limit on them holds what the product
 * itself takes, whatever runs beside it.
 */
export function startWatch(): () => number {
  const [began, stalled] = [performance.now(), stalledMs()];
  return () => {
    const passed = performance.now() - began;
    return Math.max(passed - (stalledMs() - stalled), COUNTED * passed);
  };
}

/** Since the boot. */
function stalledMs(): number {
  try {
    return Number(/^some .*total=(\d+)$/m.exec(readFileSync('/proc/pressure/cpu', 'utf8'))?.[1] ?? 0) / 1000;
  } catch {
    return 0;
  }
}
