// SPDX-License-Identifier: GPL-2.0-only
/** Long-running processes: ready when they say so, ended when they are disposed. */
import { createWriteStream } from 'node:fs';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { HoplabError } from '../model/errors.ts';
import { deadlineMs } from './deadline.ts';
import { closed, collect, ignoreBrokenPipe, type ProcessExit, spawnGroup, startError, terminate } from './exec.ts';
import { LineTail } from './line-tail.ts';
import { showArgv } from './show-argv.ts';

/** How much of a service's stdout is looked at for lines: what comes later may be binary and long. */
const STDOUT_LINES_BYTES = 64 << 10;
/** For a user who sees a process ended that did not sleep. */
export const OVERRUN_HINT = '--scheduling other runs everything without real-time priority';

/** The launcher's is the last line, but for what grandchildren still say. */
const OVERRUN_LINES = 5;

export interface ServiceOptions {
  /** For errors and the log: "passt of path passt". */
  readonly name: string;
  readonly signal: AbortSignal;
  /** stderr (and stdout, unless it is collected) go here; null = kept in memory only. */
  readonly logFile: string | null;
  /** Written to its stdin at once; stdin stays open. */
  readonly stdin?: string;
  /** How much of stdout is kept for `output`; default 16 MiB. */
  readonly maxOutputBytes?: number;
  /** True: stdout is a channel, neither kept nor looked at for lines. */
  readonly channel?: boolean;
  /** The service is ready when a line of its output satisfies this; absent = ready when started. */
  readonly ready?: (line: string) => boolean;
  /** Default 10 s. */
  readonly readyTimeoutMs?: number;
  /** Unix socketpairs handed to the child as fd 3, 4, ...; our ends are `pipes`. */
  readonly extraPipes?: number;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A long-running child. Disposing ends it: SIGTERM to its group, after 2 s SIGKILL. */
export interface Service extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly pipes: readonly Duplex[];
  /** Resolves when the process has ended and its output is closed. */
  readonly exited: Promise<ProcessExit>;
  readonly running: boolean;
  /** That the kernel ended it for computing too long under real-time priority, in its launcher's words; null where not. */
  readonly overran: string | null;
  /** The last lines of stdout and stderr. */
  lastLines(count: number): string[];
  /** All of stdout so far, up to `maxOutputBytes`. */
  output(): Buffer;
  stop(): Promise<ProcessExit>;
}

/** Starts a service and waits until it is ready. Throws SERVICE_FAILED with its last lines. */
export async function startService(argv: readonly string[], options: ServiceOptions): Promise<Service> {
  options.signal.throwIfAborted();
  const extra = Array.from({ length: options.extraPipes ?? 0 }, () => 'pipe' as const);
  const child = spawnGroup(argv, {
    stdio: ['pipe', 'pipe', 'pipe', ...extra],
    cwd: options.cwd,
    env: options.env,
  });
  const log = options.logFile === null ? null : createWriteStream(options.logFile, { flags: 'a' });
  log?.on('error', () => undefined);
  const lines = new LineTail();
  const kept = options.channel ? null : child.stdout;
  const output = collect(kept, options.maxOutputBytes);
  let head = STDOUT_LINES_BYTES;
  kept?.on('data', (chunk: Buffer) => {
    if (head > 0) lines.push(chunk.subarray(0, head));
    head -= chunk.length;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    lines.push(chunk);
    log?.write(chunk);
  });
  child.stdin?.on('error', ignoreBrokenPipe);
  if (options.stdin !== undefined) child.stdin?.write(options.stdin);
  const pipes = child.stdio.slice(3).filter((stream): stream is Duplex => stream instanceof Duplex);
  for (const pipe of pipes) pipe.on('error', ignoreBrokenPipe);
  let end: ProcessExit | null = null;
  const exited = closed(child).then((exit) => {
    end = exit;
    log?.end();
    return exit;
  });
  exited.catch(() => undefined);
  const { stdin, stdout, pid } = child;
  if (pid === undefined || stdin === null || stdout === null) {
    const reason = await exited.then(() => 'no process id', String);
    throw startError(argv, options.name, new Error(reason));
  }
  const service: Service = {
    name: options.name,
    pid,
    stdin,
    stdout,
    pipes,
    exited,
    get running() {
      return end === null;
    },
    get overran() {
      return end?.signal === 'SIGXCPU' ? overrunIn(lines.last(OVERRUN_LINES)) : null;
    },
    lastLines: (count) => lines.last(count),
    output,
    stop: async () => {
      if (end === null) await terminate(child);
      return exited;
    },
    [Symbol.asyncDispose]: async () => {
      if (end === null) await terminate(child);
      await exited;
    },
  };
  try {
    await becomeReady(service, lines, options, argv);
  } catch (error) {
    await service.stop();
    throw error;
  }
  return service;
}

async function becomeReady(
  service: Service,
  lines: LineTail,
  options: ServiceOptions,
  argv: readonly string[],
): Promise<void> {
  const { ready, signal } = options;
  if (ready === undefined) return;
  const timeoutMs = deadlineMs(options.readyTimeoutMs ?? 10_000);
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const outcome = await Promise.race([
    new Promise<'ready'>((resolve) => lines.onLine((line) => ready(line) && resolve('ready'))),
    service.exited,
    new Promise<'timeout'>((resolve) => {
      timer = setTimeout(() => resolve('timeout'), timeoutMs);
    }),
    new Promise<'abort'>((resolve) => {
      onAbort = () => resolve('abort');
      signal.addEventListener('abort', onAbort, { once: true });
    }),
  ]).finally(() => {
    clearTimeout(timer);
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  });
  if (outcome === 'ready') return;
  signal.throwIfAborted();
  const came =
    typeof outcome === 'string'
      ? `it was not ready after ${timeoutMs} ms`
      : `it ended with ${outcome.signal ?? `status ${outcome.code}`}`;
  throw new HoplabError({
    code: 'SERVICE_FAILED',
    message: `start ${options.name}: ${came}; last output: ${service.lastLines(5).join(' | ') || '(none)'}`,
    hint: service.overran === null ? `run it by hand: ${showArgv(argv)}` : OVERRUN_HINT,
  });
}

/** Without the launcher's name; a process that was started without one tells nothing. */
function overrunIn(lines: readonly string[]): string {
  const said = lines.map((line) => /^hoplab-launch: (ended by the kernel.*)$/.exec(line)?.[1]);
  return said.findLast((line) => line !== undefined) ?? 'ended by the kernel for its CPU time (SIGXCPU)';
}
