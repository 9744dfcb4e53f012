// SPDX-License-Identifier: GPL-2.0-only
/** Runs hoplab-hoptrace beside transactions of the real prober between two namespaces. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../src/system/exec.ts';
import { buildNative } from '../../src/system/native-build.ts';
import { nativeBinary } from '../../src/system/paths.ts';
import { type Service, startService } from '../../src/system/service.ts';
import { type DecodedTrace, decodeTrace } from '../support/trace/trace-records.ts';
import { EvidenceRig, LEFT, RIGHT, type Side } from './evidence-rig.ts';
import { clientPlan, measure, Server, serverPlan } from './prober-rig.ts';

export const PORT = 7300;
export const BYTES = 48;

export interface TransactOptions {
  readonly protocol?: 'tcp_rr' | 'udp_rr';
  readonly count?: number;
  readonly paceNs?: number;
  readonly port?: number;
}

export class TraceRig implements AsyncDisposable {
  readonly #rig: EvidenceRig;
  readonly #signal: AbortSignal;
  readonly #tracers: Service[] = [];
  #files = 0;

  private constructor(rig: EvidenceRig, signal: AbortSignal) {
    this.#rig = rig;
    this.#signal = signal;
  }

  static async open(signal: AbortSignal): Promise<TraceRig> {
    await buildNative('hoptrace', signal);
    await buildNative('prober', signal);
    return new TraceRig(await EvidenceRig.open(signal), signal);
  }

  get folder(): string {
    return this.#rig.folder;
  }

  netnsLine(side: Side): string {
    return `netns /run/netns/${this.#rig.netns[side]} ${side}`;
  }

  plan(points: readonly string[], ...more: string[]): string {
    const lines = [this.netnsLine('left'), this.netnsLine('right'), ...points.map((point) => `point ${point}`)];
    return `${[...lines, `port ${PORT}`, ...more, 'go'].join('\n')}\n`;
  }

  /** A path in the rig's folder. */
  newFile(): string {
    return join(this.folder, `trace-${this.#files++}`);
  }

  /** A tracer that records; its first line of stdout is what it was granted. */
  async start(plan: string): Promise<Service> {
    const tracer = await startService([nativeBinary('hoptrace')], {
      ...{ name: 'hoptrace', signal: this.#signal, logFile: null, stdin: plan, maxOutputBytes: 256 << 20 },
      ready: (line) => line.startsWith('ready {'),
    });
    this.#tracers.push(tracer);
    return tracer;
  }

  async end(tracer: Service): Promise<void> {
    tracer.stdin.end();
    assert.equal((await tracer.exited).code, 0, tracer.lastLines(3).join('\n'));
  }

  /** Records while `work` runs, and reads the whole file. */
  async trace(
    points: readonly string[],
    work: (tracer: Service) => Promise<unknown>,
    ...more: string[]
  ): Promise<DecodedTrace> {
    return this.traceOf(this.plan(points, ...more), work);
  }

  async traceOf(plan: string, work: (tracer: Service) => Promise<unknown>): Promise<DecodedTrace> {
    const file = this.newFile();
    const tracer = await this.start(`output ${file}\n${plan}`);
    await work(tracer);
    await this.end(tracer);
    return decodeTrace(await readFile(file), file);
  }

  /** Transactions from left to right. */
  async transact({ protocol = 'tcp_rr', count = 100, paceNs = 0, port = PORT }: TransactOptions = {}): Promise<void> {
    const inside = (side: Side) => ['ip', 'netns', 'exec', this.#rig.netns[side]];
    const size = { requestBytes: BYTES, responseBytes: BYTES };
    const listeners = [{ index: 0, protocol, address: RIGHT.address, port, device: null }];
    await using server = await Server.start(serverPlan(listeners, size), inside('right'));
    const paths = [{ index: 0, address: RIGHT.address, port, local: LEFT.address, device: null }];
    const plan = clientPlan(paths, { ...size, protocol, count, paceNs, warmup: 0, groupSize: count });
    await measure(plan, inside('left'));
    await server.stop();
  }

  async ns(side: Side, ...argv: string[]): Promise<string> {
    return this.#rig.ns(side, ...argv);
  }

  async run(
    argv: readonly string[],
    input: string,
  ): Promise<{ readonly code: number | null; readonly stderr: string }> {
    return run(argv, { signal: this.#signal, input, allowFailure: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const tracer of this.#tracers) await tracer[Symbol.asyncDispose]();
    await this.#rig[Symbol.asyncDispose]();
  }
}
