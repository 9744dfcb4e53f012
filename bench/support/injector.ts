// SPDX-License-Identifier: GPL-2.0-only
/** The native injector of small frames: built, started on one CPU, and asked line by line. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../../src/system/exec.ts';
import { builtNatives, projectRoot } from '../../src/system/paths.ts';
import { type Service, startService } from '../../src/system/service.ts';
import { BOUNDED } from './bounded.ts';

const BINARY = join(builtNatives(), 'hopbridge-inject');
const ANSWER_SLACK_MS = 20_000;
const LEARN_ATTEMPTS = 5;

/** One end of a wire: a namespace by its path, and a device in it. */
export interface End {
  readonly netns: string;
  readonly device: string;
}

/** What one run of frames came to. */
export interface Sent {
  readonly sent: number;
  readonly arrived: number;
  readonly bytes: number;
  /** Frames between the sink's first and last stamp, and the time between them; 0 in runs below 128 frames. */
  readonly timedFrames: number;
  readonly timedNs: number;
  /** CPU time of the injector with all softirqs under it, of the accounted process, and of ksoftirqd. */
  readonly ownNs: number;
  readonly otherNs: number;
  readonly softirqdNs: number;
}

/** xdp: made in the kernel, in batches, as a tap or NIC gives them. skb: sent by a packet socket one at a time. */
export type FrameKind = 'xdp' | 'skb';

export interface InjectorOptions {
  readonly kind: FrameKind;
  readonly cpu: number;
  /** SCHED_FIFO; 0 = the default class. */
  readonly priority: number;
  readonly signal: AbortSignal;
}

export class Injector implements AsyncDisposable {
  /** Whether SCHED_FIFO was granted. */
  readonly fifo: boolean;
  readonly #service: Service;
  readonly #signal: AbortSignal;
  #answers = 1;

  private constructor(service: Service, signal: AbortSignal) {
    this.#service = service;
    this.#signal = signal;
    this.fifo = service.output().toString().includes('"fifo":true');
  }

  static async open({ kind, cpu, priority, signal }: InjectorOptions): Promise<Injector> {
    const folder = join(projectRoot, 'native', 'hopbridge', 'rig');
    await run(['make', '--no-print-directory', '-C', folder, `OUT=${BINARY}`], {
      signal,
      timeoutMs: 120_000,
      what: 'build the injector',
    });
    const service = await startService([...BOUNDED, BINARY, String(cpu), String(priority), kind], {
      name: 'hopbridge-inject',
      signal,
      logFile: null,
      ready: (line) => line.startsWith('ready '),
    });
    return new Injector(service, signal);
  }

  /** Puts the counting program on both ends. */
  async addWire(name: string, near: End, far: End): Promise<void> {
    await this.#ask(`wire ${name} ${near.netns} ${near.device} ${far.netns} ${far.device}`);
  }

  /** The process forwards on that wire: its CPU time is the wire's. */
  async account(name: string, pid: number): Promise<void> {
    await this.#ask(`account ${name} ${pid}`);
  }

  /**
   * Lets a bridge learn so many stations behind the far end, by a frame from each; once more while frames are lost, as
   * Open vSwitch does with some that it has no flow for yet.
   */
  async learn(name: string, addresses: number): Promise<void> {
    let said = '';
    for (let attempt = 0; attempt < LEARN_ATTEMPTS; attempt++) {
      const { sent, arrived } = (await this.#ask(`learn ${name} ${addresses}`)) as { sent: number; arrived: number };
      if (sent === addresses && arrived === sent) return;
      said = `of ${sent} frames ${arrived} arrived`;
    }
    throw new Error(`${name}: ${addresses} addresses could not be learned: ${said}`);
  }

  async sendFor(name: string, addresses: number, ms: number): Promise<Sent> {
    return (await this.#ask(`send ${name} ${addresses} ms ${ms}`, ms)) as Sent;
  }

  async sendFrames(name: string, addresses: number, frames: number): Promise<Sent> {
    return (await this.#ask(`send ${name} ${addresses} frames ${frames}`)) as Sent;
  }

  async #ask(command: string, ms = 0): Promise<unknown> {
    const at = this.#answers++;
    this.#service.stdin.write(`${command}\n`);
    for (const until = Date.now() + ms + ANSWER_SLACK_MS; Date.now() < until; ) {
      const line = this.#service.output().toString().split('\n').slice(0, -1)[at];
      if (line !== undefined) return JSON.parse(line);
      if (!this.#service.running) throw new Error(`${command}: ${this.#service.lastLines(1).join('')}`);
      await delay(5, undefined, { signal: this.#signal });
    }
    throw new Error(`${command}: no answer within ${ms + ANSWER_SLACK_MS} ms`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service[Symbol.asyncDispose]();
  }
}
