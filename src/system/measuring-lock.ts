// SPDX-License-Identifier: GPL-2.0-only
/** One measuring run at a time: two would measure each other. */

import { createConnection, createServer, type Server } from 'node:net';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isErrno } from '../model/errno.ts';
import { HoplabError } from '../model/errors.ts';
import { deadlineMs } from './deadline.ts';

/** An abstract socket: it cannot outlive the process that holds it, however that ends. */
const ADDRESS = '\0hoplab-measuring';

interface MeasuringOwner {
  /** Name of the file that Node runs: "hoplab.js", or that of a benchmark. Absent: "hoplab". */
  readonly program?: string;
  readonly pid: number;
  readonly since: string;
  readonly argv: readonly string[];
}

/** What a command does where somebody else holds the machine. */
export interface MachineWish {
  /** Go on all the same: each disturbs the other. */
  readonly force: boolean;
  /** Wait until it is free; default: do not. */
  readonly wait?: boolean;
}

interface HoldOptions {
  readonly signal: AbortSignal;
  /** Told once whom it waits for. */
  readonly say: (line: string) => void;
  readonly address?: string;
}

const POLL_MS = 500;

/** The machine for one measuring run; null where it was forced. Throws MEASURING_BUSY where nobody wants to wait. */
export async function holdMachine(
  { force, wait = false }: MachineWish,
  { signal, say, address = ADDRESS }: HoldOptions,
): Promise<AsyncDisposable | null> {
  if (force) return null;
  let told = false;
  for (;;) {
    try {
      return await takeMeasuringLock(address);
    } catch (error) {
      if (!wait || !(error instanceof HoplabError) || error.code !== 'MEASURING_BUSY') throw error;
      if (!told) say(`waits: ${error.message.replace(/^start a measuring run: /, '')}`);
      told = true;
      // The holder may be killed, which no message tells: it is asked again.
      await delay(POLL_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

/** Takes the lock, or throws MEASURING_BUSY naming who has it. */
export async function takeMeasuringLock(address: string = ADDRESS): Promise<AsyncDisposable> {
  const owner: MeasuringOwner = {
    program: basename(process.argv[1] ?? ''),
    pid: process.pid,
    since: new Date().toISOString(),
    argv: process.argv.slice(2),
  };
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(JSON.stringify(owner));
  });
  try {
    await listen(server, address);
  } catch (error) {
    if (!isErrno(error, ['EADDRINUSE'])) throw error;
    const other = await askOwner(address);
    throw new HoplabError({
      code: 'MEASURING_BUSY',
      message: `start a measuring run: another one is under way on this machine${other === null ? '' : ` (pid ${other.pid}, since ${other.since}: ${[programOf(other), ...other.argv].join(' ')})`}; each would disturb the other`,
      hint: '--wait waits until it ends; --force goes on, and the figures are not to be trusted',
    });
  }
  server.unref();
  return {
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** Benchmarks hold the machine as well, and are no command of hoplab. */
function programOf({ program = '' }: MeasuringOwner): string {
  return program === '' || /^hoplab(\.js)?$/.test(program) ? 'hoplab' : program;
}

function listen(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function askOwner(address: string): Promise<MeasuringOwner | null> {
  return new Promise((resolve) => {
    const socket = createConnection(address);
    const chunks: Buffer[] = [];
    socket.setTimeout(deadlineMs(1000), () => socket.destroy());
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => resolve(null));
    socket.on('close', () => resolve(parseOwner(Buffer.concat(chunks).toString('utf8'))));
  });
}

function parseOwner(text: string): MeasuringOwner | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { program, pid, since, argv } = value as Partial<Record<keyof MeasuringOwner, unknown>>;
    if (typeof pid !== 'number' || typeof since !== 'string' || !Array.isArray(argv)) return null;
    return { ...(typeof program === 'string' && { program }), pid, since, argv: argv.map(String) };
  } catch {
    return null;
  }
}
