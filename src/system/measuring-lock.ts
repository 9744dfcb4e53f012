// SPDX-License-Identifier: GPL-2.0-only
/** One measuring run at a time: two would measure each other. */
import { createConnection, createServer, type Server } from 'node:net';
import { HoplabError } from '../model/errors.ts';

/** An abstract socket: it cannot outlive the process that holds it, however that ends. */
const ADDRESS = '\0hoplab-measuring';

interface MeasuringOwner {
  readonly pid: number;
  readonly since: string;
  readonly argv: readonly string[];
}

/** Takes the lock, or throws MEASURING_BUSY naming who has it. */
export async function takeMeasuringLock(address: string = ADDRESS): Promise<AsyncDisposable> {
  const owner: MeasuringOwner = {
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
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    const other = await askOwner(address);
    throw new HoplabError({
      code: 'MEASURING_BUSY',
      message: `start a measuring run: another one is under way on this machine${other === null ? '' : ` (pid ${other.pid}, since ${other.since}: hoplab ${other.argv.join(' ')})`}; each would disturb the other`,
      hint: 'wait until it ends, or run with --force and distrust the figures',
    });
  }
  server.unref();
  return {
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
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
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => resolve(null));
    socket.on('close', () => resolve(parseOwner(Buffer.concat(chunks).toString('utf8'))));
  });
}

function parseOwner(text: string): MeasuringOwner | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { pid, since, argv } = value as Partial<Record<keyof MeasuringOwner, unknown>>;
    if (typeof pid !== 'number' || typeof since !== 'string' || !Array.isArray(argv)) return null;
    return { pid, since, argv: argv.map(String) };
  } catch {
    return null;
  }
}
