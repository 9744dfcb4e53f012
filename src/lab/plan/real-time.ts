// SPDX-License-Identifier: GPL-2.0-only
/**
 * How long each kind of process may compute under real-time priority without sleeping. All of them wait for packets, and
 * sleep between two; what does not is at fault and would hold its CPU, so the kernel ends it (RLIMIT_RTTIME, which
 * hoplab-launch sets). Only a process's own time on a CPU counts, whatever else the machine does.
 */
import type { PlannedBlock } from '../../model/plan.ts';

/** A service of a path. The most that a ladder sends through it in one go takes a second and a half. */
export const SERVICE_AWAKE_MS = 5000;

/** The VMM, with a guest that halts when it has nothing to do: loading BPF programs under TCG keeps a vCPU busy for seconds. */
const GUEST_AWAKE_MS = 30_000;

/** Upper bound of a transaction's time in a sane block, beside its pace: a slow emulated guest under load. */
const TRANSACTION_LIMIT_NS = 20e6;
const BLOCK_SLACK_MS = 30_000;

/** When a block is given up. */
export function blockTimeoutMs({ count, warmup, probe }: PlannedBlock, paths: number): number {
  const transactions = (count + warmup) * paths;
  return Math.ceil((transactions * (probe.paceNs + TRANSACTION_LIMIT_NS)) / 1e6) + BLOCK_SLACK_MS;
}

/** A prober that spins in the guest keeps its vCPU from halting for a whole block. */
export function guestAwakeMs(blocks: readonly PlannedBlock[]): number {
  const spinning = blocks.filter(({ probe }) => probe.wait === 'spin');
  return Math.max(GUEST_AWAKE_MS, ...spinning.map((block) => blockTimeoutMs(block, block.paths.length)));
}
