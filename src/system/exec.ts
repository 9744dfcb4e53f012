// SPDX-License-Identifier: GPL-2.0-only
/** Starts processes, the only module that does, and runs commands to their end; service.ts has those that stay. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { HoplabError } from '../model/errors.ts';
import { deadlineMs } from './deadline.ts';
import { searchPath } from './search-path.ts';
import { showArgv } from './show-argv.ts';

const OUTPUT_CAP_BYTES = 16 << 20;
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
  /** The command as the user would type it, for results and errors, where a launcher stands before it. */
  readonly shown?: readonly string[];
  /** What was attempted, for the error: "create the tap of path tap". */
  readonly what?: string;
  /** True: the child writes to our own stdout and stderr (apt, npm), which stay empty in the result. */
  readonly inherit?: boolean;
}

/** Runs one command to its end. Throws COMMAND_FAILED, COMMAND_TIMEOUT or INTERRUPTED. */
export async function run(argv: readonly string[], options: RunOptions): Promise<CommandResult> {
  options.signal.throwIfAborted();
  const started = performance.now();
  const timeoutMs = deadlineMs(options.timeoutMs ?? 30_000);
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
      argv: options.shown ?? argv,
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
  const child = spawn(file, args, { stdio: 'inherit', env: withSearchPath(options.env ?? process.env) });
  const { code } = await closed(child);
  return code ?? 1;
}

export interface GroupOptions {
  readonly stdio: ('pipe' | 'ignore' | 'inherit')[];
  readonly cwd: string | undefined;
  readonly env: NodeJS.ProcessEnv | undefined;
}

/** Every child leads its own process group, so that its grandchildren end with it and ctrl-C reaches only us. */
export function spawnGroup(argv: readonly string[], options: GroupOptions): ChildProcess {
  const [file, ...args] = argv;
  if (file === undefined) throw new Error('empty argv');
  return spawn(file, args, {
    stdio: options.stdio,
    detached: true,
    env: withSearchPath(options.env ?? { ...process.env, LC_ALL: 'C' }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
}

/** Node looks a program up on the child's PATH; `ip netns exec` and the launcher of labs do so again further down. */
function withSearchPath(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, PATH: searchPath(env.PATH) };
}

/** How a process ended. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export function closed(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

/** SIGTERM to the process group, SIGKILL after the grace. */
export async function terminate(child: ChildProcess): Promise<void> {
  const done = closed(child).catch(() => undefined);
  if (!signalGroup(child, 'SIGTERM')) return;
  const graceOver = new AbortController();
  const killed = delay(deadlineMs(GRACE_MS), undefined, { signal: graceOver.signal }).then(
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

export function collect(stream: NodeJS.ReadableStream | null, capBytes: number = OUTPUT_CAP_BYTES): () => Buffer {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream?.on('data', (chunk: Buffer) => {
    if (bytes < capBytes) chunks.push(chunk);
    bytes += chunk.length;
  });
  return () => Buffer.concat(chunks);
}

/** EPIPE after the child has closed its stdin: its exit status tells the story. */
export function ignoreBrokenPipe(): void {}

function isSpawnError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && String(error.syscall).startsWith('spawn');
}

export function startError(argv: readonly string[], what: string | undefined, cause: Error): HoplabError {
  return new HoplabError({
    code: 'COMMAND_FAILED',
    message: `${what ?? 'run a command'}: \`${argv[0]}\` could not be started: ${cause.message}`,
    hint: 'hoplab doctor lists what is missing and how to get it',
    cause,
  });
}

export function failureError(result: CommandResult, what: string | undefined): HoplabError {
  const said = (result.stderr.trim() || result.stdout.trim()).slice(-ERROR_TAIL_CHARS) || '(no output)';
  return new HoplabError({
    code: 'COMMAND_FAILED',
    message: `${what ?? 'run a command'}: \`${showArgv(result.argv)}\` ended with ${result.signal ?? `status ${result.code}`}: ${said}`,
    hint: 'hoplab doctor checks what this machine can do',
  });
}

export function timeoutError(result: CommandResult, what: string | undefined, timeoutMs: number): HoplabError {
  const said = (result.stderr.trim() || result.stdout.trim()).slice(-ERROR_TAIL_CHARS) || '(no output)';
  return new HoplabError({
    code: 'COMMAND_TIMEOUT',
    message: `${what ?? 'run a command'}: \`${showArgv(result.argv)}\` did not end within ${timeoutMs} ms; last output: ${said}`,
  });
}
