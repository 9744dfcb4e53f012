// SPDX-License-Identifier: GPL-2.0-only
/** What every bench needs of its process: an abort signal, the measuring lock, a folder that goes with it. */
import { setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HoplabError, reasonOf } from '../../src/model/errors.ts';
import { takeMeasuringLock } from '../../src/system/measuring-lock.ts';

const LOCK_WAIT_MS = 10 * 60_000;
const LOCK_RETRY_MS = 500;

export interface BenchContext {
  readonly signal: AbortSignal;
  /** For logs and runs; removed at the end. */
  readonly folder: string;
  readonly print: (text: string) => void;
}

/** Runs a bench to its end; ctrl-C ends it in good order with status 130, a failure with status 1. */
export async function runBench(name: string, work: (context: BenchContext) => Promise<void>): Promise<void> {
  const interruption = new AbortController();
  // Every command that runs listens to it, and many run at once.
  setMaxListeners(0, interruption.signal);
  for (const by of ['SIGINT', 'SIGTERM'] as const) {
    process.once(by, () => interruption.abort(new HoplabError({ code: 'INTERRUPTED', message: `ended by ${by}` })));
  }
  const folder = await mkdtemp(join(tmpdir(), `hoplab-bench-${name}-`));
  const print = (text: string) => void process.stdout.write(`${text}\n`);
  try {
    print(machineLine());
    await work({ signal: interruption.signal, folder, print });
  } catch (error) {
    const known = error instanceof HoplabError;
    process.stderr.write(
      `${name}: ${known ? reasonOf(error) : String(error instanceof Error ? error.stack : error)}\n`,
    );
    if (known && error.hint !== undefined) process.stderr.write(`  try: ${error.hint}\n`);
    process.exitCode = interruption.signal.aborted ? 130 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Takes the lock that measuring runs share, and waits for it while another run is under way. */
export async function waitForLock(signal: AbortSignal): Promise<AsyncDisposable> {
  for (let waited = 0; ; waited += LOCK_RETRY_MS) {
    try {
      return await takeMeasuringLock();
    } catch (error) {
      const busy = error instanceof HoplabError && error.code === 'MEASURING_BUSY';
      if (!busy || waited >= LOCK_WAIT_MS) throw error;
    }
    await delay(LOCK_RETRY_MS, undefined, { signal });
  }
}

/** The machine by its size, and its load: every figure depends on both. */
function machineLine(): string {
  const [load = 0] = loadavg();
  const processors = cpus();
  return `${processors.length} CPUs (${processors[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, load ${load.toFixed(1)} at the start`;
}
