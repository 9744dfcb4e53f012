/** Runs commands and services: the only module that starts processes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { Duplex, type Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { HoplabError } from '../model/errors.ts';
import { showArgv } from './show-argv.ts';

const OUTPUT_CAP_BYTES = 16 << 20;
/** How much of a service's stdout is looked at for lines: what comes later may be binary and long. */
const STDOUT_LINES_BYTES = 64 << 10;
const GRACE_MS = 2000;
const ERROR_TAIL_CHARS = 600;

export interface CommandResult {
  readonly argv: readonly string[];
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  /** Default 30 s. */
  readonly timeoutMs?: number;
  readonly input?: string | Buffer;
  readonly cwd?: string;
  /** Replaces the whole environment; default: ours with LC_ALL=C. */
  readonly env?: NodeJS.ProcessEnv;
  /** True: a non-zero exit is a result, not an error. A command that cannot start still throws. */
  readonly allowFailure?: boolean;
  /** What was attempted, for the error: "create the tap of path tap". */
  readonly what?: string;
  /** True: the child writes to our own stdout and stderr (apt, npm), which stay empty in the result. */
  readonly inherit?: boolean;
}

/** Runs one command to its end. Throws COMMAND_FAILED, COMMAND_TIMEOUT or INTERRUPTED. */
export async function run(argv: readonly string[], options: RunOptions): Promise<CommandResult> {
  options.signal.throwIfAborted();
  const started = performance.now();
  const timeoutMs = options.timeoutMs ?? 30_000;
  const child = spawnGroup(argv, {
    stdio: options.inherit ? ['ignore', 'inherit', 'inherit'] : ['pipe', 'pipe', 'pipe'],
    cwd: options.cwd,
    env: options.env,
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  child.stdin?.on('error', ignoreBrokenPipe);
  child.stdin?.end(options.input ?? '');
  let ended: 'timeout' | 'abort' | null = null;
  const stop = (why: 'timeout' | 'abort') => () => {
    ended ??= why;
    void terminate(child);
  };
  const timer = setTimeout(stop('timeout'), timeoutMs);
  const onAbort = stop('abort');
  options.signal.addEventListener('abort', onAbort, { once: true });
  try {
    const { code, signal } = await closed(child);
    const result: CommandResult = {
      argv,
      code,
      signal,
      stdout: stdout().toString('utf8'),
      stderr: stderr().toString('utf8'),
      ms: performance.now() - started,
    };
    if (ended === 'abort') options.signal.throwIfAborted();
    if (ended === 'timeout') throw timeoutError(result, options.what, timeoutMs);
    if (code !== 0 && !options.allowFailure) throw failureError(result, options.what);
    return result;
  } catch (error) {
    throw isSpawnError(error) ? startError(argv, options.what, error) : error;
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', onAbort);
  }
}

/** Gives the terminal to a command until it ends; its exit status. It stays in our process group, for job control. */
export async function runInteractive(
  argv: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv } = {},
): Promise<number> {
  const [file, ...args] = argv;
  if (file === undefined) throw new Error('empty argv');
  const child = spawn(file, args, { stdio: 'inherit', env: options.env ?? process.env });
  const { code } = await closed(child);
  return code ?? 1;
}

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
  /** The service is ready when a line of its output satisfies this; absent = ready when started. */
  readonly ready?: (line: string) => boolean;
  /** Default 10 s. */
  readonly readyTimeoutMs?: number;
  /** Unix socketpairs handed to the child as fd 3, 4, ...; our ends are `pipes`. */
  readonly extraPipes?: number;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export interface ServiceExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A long-running child. Disposing ends it: SIGTERM to its group, after 2 s SIGKILL. */
export interface Service extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly stdin: Writable;
  readonly pipes: readonly Duplex[];
  /** Resolves when the process has ended and its output is closed. */
  readonly exited: Promise<ServiceExit>;
  readonly running: boolean;
  /** The last lines of stdout and stderr. */
  lastLines(count: number): string[];
  /** All of stdout so far, up to `maxOutputBytes`. */
  output(): Buffer;
  stop(): Promise<ServiceExit>;
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
  const stdout = collect(child.stdout, options.maxOutputBytes);
  let head = STDOUT_LINES_BYTES;
  child.stdout?.on('data', (chunk: Buffer) => {
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
  let end: ServiceExit | null = null;
  const exited = closed(child).then((exit) => {
    end = exit;
    log?.end();
    return exit;
  });
  exited.catch(() => undefined);
  const { stdin, pid } = child;
  if (pid === undefined || stdin === null) {
    const reason = await exited.then(() => 'no process id', String);
    throw startError(argv, options.name, new Error(reason));
  }
  const service: Service = {
    name: options.name,
    pid,
    stdin,
    pipes,
    exited,
    get running() {
      return end === null;
    },
    lastLines: (count) => lines.last(count),
    output: stdout,
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
  const timeoutMs = options.readyTimeoutMs ?? 10_000;
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
    hint: `run it by hand: ${showArgv(argv)}`,
  });
}

interface GroupOptions {
  readonly stdio: ('pipe' | 'ignore' | 'inherit')[];
  readonly cwd: string | undefined;
  readonly env: NodeJS.ProcessEnv | undefined;
}

/** Every child leads its own process group, so that its grandchildren end with it and ctrl-C reaches only us. */
function spawnGroup(argv: readonly string[], options: GroupOptions): ChildProcess {
  const [file, ...args] = argv;
  if (file === undefined) throw new Error('empty argv');
  return spawn(file, args, {
    stdio: options.stdio,
    detached: true,
    env: options.env ?? { ...process.env, LC_ALL: 'C' },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
}

function closed(child: ChildProcess): Promise<ServiceExit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

/** SIGTERM to the process group, SIGKILL after the grace. */
async function terminate(child: ChildProcess): Promise<void> {
  const done = closed(child).catch(() => undefined);
  if (!signalGroup(child, 'SIGTERM')) return;
  const graceOver = new AbortController();
  const killed = delay(GRACE_MS, undefined, { signal: graceOver.signal }).then(
    () => signalGroup(child, 'SIGKILL'),
    () => false,
  );
  await done;
  graceOver.abort();
  await killed;
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): boolean {
  if (child.pid === undefined) return false;
  try {
    return process.kill(-child.pid, signal);
  } catch {
    return false; // already gone
  }
}

function collect(stream: NodeJS.ReadableStream | null, capBytes: number = OUTPUT_CAP_BYTES): () => Buffer {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream?.on('data', (chunk: Buffer) => {
    if (bytes < capBytes) chunks.push(chunk);
    bytes += chunk.length;
  });
  return () => Buffer.concat(chunks);
}

/** Splits output into lines, keeps the last ones and offers each to the listeners. */
class LineTail {
  static readonly #KEEP = 200;
  readonly #lines: string[] = [];
  readonly #listeners: ((line: string) => void)[] = [];
  #rest = '';

  push(chunk: Buffer): void {
    const parts = (this.#rest + chunk.toString('utf8')).split('\n');
    this.#rest = (parts.pop() ?? '').slice(-4096);
    for (const line of parts) {
      this.#lines.push(line.slice(0, 4096));
      for (const listener of this.#listeners) listener(line);
    }
    if (this.#lines.length > LineTail.#KEEP) this.#lines.splice(0, this.#lines.length - LineTail.#KEEP);
  }

  onLine(listener: (line: string) => void): void {
    this.#listeners.push(listener);
    for (const line of this.#lines) listener(line);
  }

  last(count: number): string[] {
    const all = this.#rest === '' ? this.#lines : [...this.#lines, this.#rest];
    return all.slice(-count);
  }
}

/** EPIPE after the child has closed its stdin: its exit status tells the story. */
function ignoreBrokenPipe(): void {}

function isSpawnError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && String(error.syscall).startsWith('spawn');
}

function startError(argv: readonly string[], what: string | undefined, cause: Error): HoplabError {
  return new HoplabError({
    code: 'COMMAND_FAILED',
    message: `${what ?? 'run a command'}: \`${argv[0]}\` could not be started: ${cause.message}`,
    hint: 'hoplab doctor lists what is missing and how to get it',
    cause,
  });
}

function failureError(result: CommandResult, what: string | undefined): HoplabError {
  const said = (result.stderr.trim() || result.stdout.trim()).slice(-ERROR_TAIL_CHARS) || '(no output)';
  return new HoplabError({
    code: 'COMMAND_FAILED',
    message: `${what ?? 'run a command'}: \`${showArgv(result.argv)}\` ended with ${result.signal ?? `status ${result.code}`}: ${said}`,
    hint: 'hoplab doctor checks what this machine can do',
  });
}

function timeoutError(result: CommandResult, what: string | undefined, timeoutMs: number): HoplabError {
  const said = (result.stderr.trim() || result.stdout.trim()).slice(-ERROR_TAIL_CHARS) || '(no output)';
  return new HoplabError({
    code: 'COMMAND_TIMEOUT',
    message: `${what ?? 'run a command'}: \`${showArgv(result.argv)}\` did not end within ${timeoutMs} ms; last output: ${said}`,
  });
}
