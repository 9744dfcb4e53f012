// SPDX-License-Identifier: GPL-2.0-only
/** The real CLI as a child process, marked in its environment so that a test can tell all that came of it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { forNobody } from '../fixtures/as-nobody.ts';

const ENTRY = fileURLToPath(new URL('../fixtures/cli-entry.js', import.meta.url));
/** A child dies with the test's process, also when that is killed. */
const TETHER = ['setpriv', '--pdeathsig', 'KILL', '--'] as const;
/** Another measuring run of this machine may be under way when a test begins: a default run takes minutes. */
const BUSY_RETRY_MS = 600_000;
const BUSY_PAUSE_MS = 2000;
const DEFAULT_TIMEOUT_MS = 600_000;

/** The name of the variable that every process of a child inherits. */
export const MARK_VARIABLE = 'HOPLAB_TEST_MARK';

export interface HoplabOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Words before the command: ["unshare", "-m", "sh", "-c", "... exec \"$@\"", "sh"]. */
  readonly through?: readonly string[];
  /** Numeric user and group to run as. */
  readonly uid?: number;
  /** After it the child is killed and the call rejects; default 600 s. */
  readonly timeoutMs?: number;
  /** False: MEASURING_BUSY is an outcome like any other. Default true: tried again for 10 minutes. */
  readonly waitForLock?: boolean;
}

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** A hoplab that is under way. */
export interface Running {
  readonly pid: number;
  /** What the environment of all its processes holds. */
  readonly mark: string;
  readonly done: Promise<Outcome>;
  /** What it has said on stderr so far. */
  said(): string;
  /** Waits until stderr (and stdout) so far match; rejects with all output when it ends before. */
  until(pattern: RegExp, timeoutMs?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

const alive = new Set<ChildProcess>();

/** For `after` hooks: no child outlives its test, also when that failed. */
export function killAllHoplabs(): void {
  for (const child of alive) child.kill('SIGKILL');
}

export function startHoplab(args: readonly string[], options: HoplabOptions = {}): Running {
  const started = performance.now();
  const mark = randomUUID();
  const entry = options.uid === undefined ? ENTRY : fileURLToPath(forNobody(pathToFileURL(ENTRY).href));
  const argv = [...TETHER, ...(options.through ?? []), process.execPath, entry, ...args];
  const [file = '', ...rest] = argv;
  const child = spawn(file, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env, [MARK_VARIABLE]: mark },
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid, cwd: '/' }),
  });
  alive.add(child);
  const text = { stdout: '', stderr: '' };
  const heard = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
      for (const listener of heard) listener();
    });
  }
  const limit = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, limit);
  const done = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      alive.delete(child);
      for (const listener of heard) listener();
      if (late) reject(new Error(`hoplab ${args.join(' ')} did not end within ${limit} ms; it said: ${shown(text)}`));
      else resolve({ code, signal, ...text, ms: performance.now() - started });
    });
  });
  done.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    mark,
    done,
    said: () => text.stderr,
    kill: (signal) => void child.kill(signal),
    until: (pattern, timeoutMs = 300_000) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          heard.delete(look);
          clearTimeout(expiry);
          act();
        };
        const look = () => {
          if (pattern.test(text.stderr) || pattern.test(text.stdout)) settle(resolve);
          else if (!alive.has(child)) settle(() => reject(new Error(`ended without ${pattern}: ${shown(text)}`)));
        };
        const expiry = setTimeout(
          () => settle(() => reject(new Error(`no ${pattern} within ${timeoutMs} ms: ${shown(text)}`))),
          timeoutMs,
        );
        heard.add(look);
        look();
      }),
  };
}

/** Runs hoplab to its end. */
export async function hoplab(args: readonly string[], options: HoplabOptions = {}): Promise<Outcome> {
  const deadline = performance.now() + BUSY_RETRY_MS;
  for (;;) {
    const outcome = await startHoplab(args, options).done;
    const busy = outcome.code === 1 && /MEASURING_BUSY/.test(outcome.stderr + outcome.stdout);
    if (!busy || options.waitForLock === false || performance.now() > deadline) return outcome;
    await delay(BUSY_PAUSE_MS);
  }
}

/** The error of a failed command: "hoplab: error CODE: message" and its next command. */
export function errorOf({ stderr }: Outcome): {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
} {
  const found = /^hoplab: error ([A-Z_]+): ([\s\S]*?)\n {2}try: (.+)\n/m.exec(stderr);
  assert.ok(found, `no error with a next command in: ${stderr}`);
  const [, code = '', message = '', hint = ''] = found;
  return { code, message, hint };
}

function shown({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string {
  return `${stderr.slice(-2000)} ${stdout.slice(-500)}`;
}
