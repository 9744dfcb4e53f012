// SPDX-License-Identifier: GPL-2.0-only
/** Runs the real prober for tests: builds it, starts servers and clients, and ends what it started. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Protocol } from '../../src/model/probe-spec.ts';
import type { Samples } from '../../src/model/samples.ts';
import { checkSamples } from '../../src/probes/prober/check-samples.ts';
import { type ClientHeader, parseClientHeader } from '../../src/probes/prober/prober-header.ts';
import {
  type ClientPath,
  type ClientPlan,
  clientPlanText,
  type ProcessPlacement,
  type ServerListener,
  type ServerPlan,
  serverPlanText,
} from '../../src/probes/prober/prober-plan.ts';
import { decodeSamplesFile } from '../../src/probes/prober/samples-file.ts';
import { nativeBinary, nativeFolder } from '../../src/system/paths.ts';

export const PROBER = nativeBinary('prober');

export function buildProber(): void {
  const made = spawnSync('make', ['-s', '-C', nativeFolder('prober'), `OUT=${PROBER}`], {
    encoding: 'utf8',
  });
  assert.equal(made.status, 0, made.stderr);
}

export const unplaced: ProcessPlacement = { cpu: null, fifo: null, lockMemory: false, forceSpin: false };

/** A plan of K loopback paths, for tests to override. */
export function clientPlan(paths: readonly ClientPath[], over: Partial<ClientPlan> = {}): ClientPlan {
  return {
    protocol: 'tcp_rr',
    paths,
    requestBytes: 1,
    responseBytes: 1,
    count: 200,
    durationNs: null,
    warmup: 10,
    paceNs: 0,
    groupSize: 50,
    seed: 1,
    timeoutNs: null,
    connectTimeoutNs: null,
    wait: 'block',
    spinNs: null,
    lateNs: null,
    stamps: true,
    placement: unplaced,
    ...over,
  };
}

export function serverPlan(listeners: readonly ServerListener[], over: Partial<ServerPlan> = {}): ServerPlan {
  return { listeners, requestBytes: 1, responseBytes: 1, records: null, wait: 'block', placement: unplaced, ...over };
}

/** A client has started by then on the busiest machine. */
const STARTED_MS = 60_000;

let nextPort = 20000 + (process.pid % 400) * 10;

/** Ends of K loopback paths of one protocol, on ports that no other test of this process uses. */
export function loopback(k: number, protocol: Protocol): { paths: ClientPath[]; listeners: ServerListener[] } {
  const ports = Array.from({ length: k }, () => nextPort++);
  return {
    paths: ports.map((port, index) => ({ index, address: '127.0.0.1', port, local: null, device: null })),
    listeners: ports.map((port, index) => ({ index, protocol, address: '127.0.0.1', port, device: null })),
  };
}

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Starts a prober; `wrap` goes before it in argv ("ip netns exec NAME"). */
export function start(command: 'client' | 'server', text: string, wrap: readonly string[] = []): Running {
  const [file, ...args] = [...wrap, PROBER, command];
  const child = spawn(file ?? PROBER, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdin.on('error', () => {});
  child.stdin.write(text);
  const finished = once(child, 'close').then(([code]) => ({
    code: typeof code === 'number' ? code : null,
    stdout: Buffer.concat(chunks),
    stderr,
  }));
  return { child, finished };
}

/** Waits until transactions are under way at a TCP port, in a network namespace that `wrap` enters, and for `ms` more. */
export async function underWay(port: number, ms: number, wrap: readonly string[] = []): Promise<void> {
  const [file = '', ...args] = [...wrap, 'ss', '-Htn', 'state', 'established', `sport = :${port}`];
  const seen = () => spawnSync(file, args, { encoding: 'utf8' }).stdout !== '';
  for (const until = Date.now() + STARTED_MS; !seen(); await delay(2))
    assert.ok(Date.now() < until, `nobody came to port ${port}`);
  await delay(ms);
}

/** A server that listens; its dump comes with `stop`. */
export class Server implements AsyncDisposable {
  readonly #running: Running;

  private constructor(running: Running) {
    this.#running = running;
  }

  static async start(plan: ServerPlan, wrap: readonly string[] = []): Promise<Server> {
    const running = start('server', serverPlanText(plan), wrap);
    const ready = new Promise<void>((resolve) => {
      running.child.stdout?.on('data', () => resolve());
    });
    const early = await Promise.race([ready, running.finished]);
    assert.equal(early, undefined, `the server ended early: ${early?.stderr}`);
    return new Server(running);
  }

  get pid(): number {
    return this.#running.child.pid ?? assert.fail('the server has no pid');
  }

  /** Ends it by EOF on its stdin and returns its stdout. */
  async stop(): Promise<Buffer> {
    this.#running.child.stdin?.end();
    const { code, stdout, stderr } = await this.#running.finished;
    assert.equal(code, 0, stderr);
    return stdout;
  }

  kill(): void {
    this.#running.child.kill('SIGKILL');
  }

  async terminate(): Promise<Buffer> {
    this.#running.child.kill('SIGTERM');
    return (await this.#running.finished).stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running.child.kill('SIGKILL');
    await this.#running.finished;
  }
}

export interface Measured {
  readonly header: ClientHeader;
  readonly samples: Samples;
}

export function readResult({ code, stdout, stderr }: Finished, groupSize = 50): Measured {
  assert.equal(code, 0, stderr);
  const { header, samples } = decodeSamplesFile(stdout, 'client');
  checkSamples(samples, { name: 'client', groupSize });
  return { header: parseClientHeader(header, 'client'), samples };
}

export async function measure(plan: ClientPlan, wrap: readonly string[] = []): Promise<Measured> {
  return readResult(await start('client', clientPlanText(plan), wrap).finished, plan.groupSize);
}

/** Number of samples with this flag, of one path or of all. */
export function flagged(samples: Samples, flag: number, path: number | null = null): number {
  let n = 0;
  samples.flags.forEach((flags, i) => {
    if ((flags & flag) !== 0 && (path === null || samples.path[i] === path)) n++;
  });
  return n;
}

export function ofPath(samples: Samples, path: number): number {
  return samples.path.filter((p) => p === path).length;
}
