// SPDX-License-Identifier: GPL-2.0-only
/** One `hoplab` command as a process: when it said what, how much memory it took, what it left behind. */
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JOURNAL_ROOT } from '../../src/system/journal.ts';
import { projectRoot } from '../../src/system/paths.ts';
import { type Service, startService } from '../../src/system/service.ts';

/** Inherited by all that the command starts, so that what outlives it is found by its environment. */
const MARK = 'HOPLAB_BENCH_MARK';
const PEAK_FILE = 'HOPLAB_BENCH_PEAK';

/** The first line of every command: also a silent one has then been heard of. */
const STARTED = 'bench: started';

/**
 * Loaded before the command: at its end it writes the process's own peak. VmHWM and not ru_maxrss, which a child
 * inherits from whoever forked it.
 */
const PEAK_HOOK = `
import { readFileSync, writeFileSync, writeSync } from 'node:fs';
writeSync(2, '${STARTED}\\n');
process.on('exit', () => writeFileSync(process.env.${PEAK_FILE}, readFileSync('/proc/self/status')));
`;

export interface CliOptions {
  /** The file that node runs: bin/hoplab.js unless told. */
  readonly entry: string;
  /** For runs and the peak's file. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

export interface CliRun {
  readonly argv: readonly string[];
  readonly code: number | null;
  readonly wallMs: number;
  /** Of node itself, not of what it starts. */
  readonly peakMB: number;
  /** Lines of progress, each with its time since the start. */
  readonly lines: readonly { readonly atMs: number; readonly text: string }[];
  /** Since the interruption; null where there was none. */
  readonly afterInterruptMs: number | null;
  /** Processes that outlived it, and journals; empty when all is gone. */
  readonly left: readonly string[];
}

export const DEFAULT_ENTRY = join(projectRoot, 'bin', 'hoplab.js');

/** SIGINT, so long after the first line that matches. */
export interface Interruption {
  readonly line: RegExp;
  readonly delayMs: number;
}

/** Runs a command to its end, or to its answer to an interruption. */
export async function runCli(
  argv: readonly string[],
  options: CliOptions,
  interruption: Interruption | null = null,
): Promise<CliRun> {
  const mark = randomUUID();
  const peakFile = join(options.folder, `peak-${mark}`);
  const lines: { atMs: number; text: string }[] = [];
  let service: Service | undefined;
  let asked = false;
  let interruptedAt: number | null = null;
  const started = performance.now();
  const interrupt = () => {
    if (service?.running !== true) return;
    interruptedAt = performance.now();
    process.kill(service.pid, 'SIGINT');
  };
  const hear = (text: string): boolean => {
    if (text === STARTED) return true;
    lines.push({ atMs: performance.now() - started, text });
    if (!asked && interruption?.line.test(text)) {
      asked = true;
      setTimeout(interrupt, interruption.delayMs);
    }
    return true;
  };
  const hook = `data:text/javascript,${encodeURIComponent(PEAK_HOOK)}`;
  await using running = await startService([process.execPath, '--import', hook, options.entry, ...argv], {
    name: `hoplab ${argv.join(' ')}`,
    signal: options.signal,
    logFile: null,
    env: { ...process.env, HOPLAB_RUNS: options.folder, [MARK]: mark, [PEAK_FILE]: peakFile },
    // Every line passes here, at the moment at which it is written.
    ready: hear,
    readyTimeoutMs: 60_000,
  });
  service = running;
  const stop = () => void running.stop();
  options.signal.addEventListener('abort', stop, { once: true });
  const { code } = await running.exited;
  options.signal.removeEventListener('abort', stop);
  options.signal.throwIfAborted();
  const ended = performance.now();
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(await readFile(peakFile, 'utf8'))?.[1];
  return {
    argv,
    code,
    wallMs: ended - started,
    peakMB: (Number(peak ?? Number.NaN) * 1024) / 1e6,
    lines,
    afterInterruptMs: interruptedAt === null ? null : ended - interruptedAt,
    left: [...(await processesMarked(mark)), ...(await journalsOf(options.folder))],
  };
}

/** Journals of the runs in this folder: a lab is named after its run. */
async function journalsOf(folder: string): Promise<string[]> {
  const [runs, labs] = await Promise.all([readdir(folder), readdir(JOURNAL_ROOT).catch((): string[] => [])]);
  return labs.filter((id) => runs.includes(id));
}

async function processesMarked(mark: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      if (!environment.includes(mark)) return [];
      return [`${pid} ${await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '?')}`.trim()];
    }),
  );
  return found.flat();
}
