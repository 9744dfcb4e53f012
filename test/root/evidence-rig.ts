// SPDX-License-Identifier: GPL-2.0-only
/** Two hosts in namespaces of their own, joined by a veth pair, and the readers of evidence beside them. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type CaptureLimits, captureBytes, planCapture, type WatchedHop } from '../../src/diagnose/capture-plan.ts';
import { type DecodedCapture, decodeCapture } from '../../src/diagnose/decode-capture.ts';
import { run } from '../../src/system/exec.ts';
import { buildNative } from '../../src/system/native-build.ts';
import { type NativeTool, nativeBinary, projectRoot } from '../../src/system/paths.ts';
import { type Service, startService } from '../../src/system/service.ts';

/** What was sent is there when its send returns, unless the kernel left it to a thread of its own, which waits for a CPU. */
const SETTLE_MS = 200;
const DEADLINE_MS = 60_000;
export const LEFT = { address: '10.77.0.1', mac: '02:00:00:00:77:01', device: 'va' } as const;
export const RIGHT = { address: '10.77.0.2', mac: '02:00:00:00:77:02', device: 'vb' } as const;

export type Side = 'left' | 'right';

export interface SendOptions {
  /** virtio_net_hdr: where the checksum starts and where in it the field is. */
  readonly csum?: { readonly start: number; readonly offset: number };
  /** type 1 = TCPv4. */
  readonly gso?: { readonly type: number; readonly size: number; readonly headers: number };
}

let count = 0;

export class EvidenceRig implements AsyncDisposable {
  readonly netns: Readonly<Record<Side, string>>;
  readonly folder: string;
  readonly #signal: AbortSignal;
  readonly #services: Service[] = [];
  #frames: Service | null = null;

  private constructor(folder: string, signal: AbortSignal) {
    const mark = `evidence-${process.pid}-${count++}`;
    this.netns = { left: `${mark}-l`, right: `${mark}-r` };
    this.folder = folder;
    this.#signal = signal;
  }

  static async open(signal: AbortSignal): Promise<EvidenceRig> {
    const rig = new EvidenceRig(await mkdtemp(join(tmpdir(), 'evidence-')), signal);
    try {
      await rig.#build();
    } catch (error) {
      await rig[Symbol.asyncDispose]();
      throw error;
    }
    return rig;
  }

  async #build(): Promise<void> {
    const signal = this.#signal;
    const program = join(this.folder, 'frames');
    await run(['gcc', '-O2', '-o', program, join(projectRoot, 'native', 'hopbridge', 'rig', 'frames.c')], { signal });
    for (const side of ['left', 'right'] as const) {
      await run(['ip', 'netns', 'add', this.netns[side]], { signal });
      for (const scope of ['all', 'default'])
        await this.ns(side, 'sysctl', '-qw', `net.ipv6.conf.${scope}.disable_ipv6=1`);
      await this.ns(side, 'ip', 'link', 'set', 'lo', 'up');
    }
    const far = ['peer', 'name', RIGHT.device, 'address', RIGHT.mac, 'netns', this.netns.right];
    await this.ns('left', 'ip', 'link', 'add', LEFT.device, 'address', LEFT.mac, 'type', 'veth', ...far);
    for (const [side, own, other] of [
      ['left', LEFT, RIGHT],
      ['right', RIGHT, LEFT],
    ] as const) {
      await this.ns(side, 'ip', 'address', 'add', `${own.address}/24`, 'dev', own.device);
      await this.ns(side, 'ip', 'link', 'set', own.device, 'up');
      await this.ns(side, 'ip', 'neigh', 'add', other.address, 'lladdr', other.mac, 'dev', own.device);
    }
    this.#frames = await this.start('left', [program, `packet:${LEFT.device}`], '');
  }

  async ns(side: Side, ...argv: string[]): Promise<string> {
    return (await run(['ip', 'netns', 'exec', this.netns[side], ...argv], { signal: this.#signal })).stdout;
  }

  /** A process that says "ready" and ends at the end of its stdin. */
  async start(side: Side, argv: readonly string[], stdin: string, maxOutputBytes = 64 << 20): Promise<Service> {
    const service = await startService(['ip', 'netns', 'exec', this.netns[side], ...argv], {
      name: argv[0] ?? '',
      signal: this.#signal,
      logFile: null,
      stdin,
      maxOutputBytes,
      ready: (line) => line === 'ready',
    });
    this.#services.push(service);
    return service;
  }

  /** Runs `work` while a tool listens; what it wrote behind "ready". */
  async during(
    tool: NativeTool,
    plan: string,
    work: (tool: Service) => Promise<unknown>,
    maxOutputBytes?: number,
  ): Promise<Buffer> {
    await buildNative(tool, this.#signal);
    const running = await this.start('left', [nativeBinary(tool)], plan, maxOutputBytes);
    await work(running);
    await delay(SETTLE_MS);
    running.stdin.end();
    const { code } = await running.exited;
    assert.equal(code, 0, running.lastLines(5).join('\n'));
    const output = running.output();
    return output.subarray(output.indexOf('\n') + 1);
  }

  async capture(
    hops: readonly WatchedHop[],
    work: (tool: Service) => Promise<unknown>,
    limits?: CaptureLimits,
  ): Promise<DecodedCapture> {
    const output = await this.during('capture', planCapture(hops, limits), work, captureBytes(hops.length, limits));
    return decodeCapture(output, hops);
  }

  /** Both ends of the wire, in the order of the way from left to right. */
  wire(): readonly WatchedHop[] {
    return [
      { hop: 'near end', place: 'host2', device: LEFT.device },
      { hop: 'far end', place: 'host1', device: RIGHT.device, netns: `/run/netns/${this.netns.right}` },
    ];
  }

  /** Sends a frame out of the left end, as it is. */
  async send(bytes: Uint8Array, { csum, gso }: SendOptions = {}): Promise<void> {
    const frames = this.#frames;
    assert.ok(frames);
    const words: (string | number)[] = ['send', 0, Buffer.from(bytes).toString('hex')];
    if (csum !== undefined) words.push('csum', csum.start, csum.offset);
    if (gso !== undefined) words.push('gso', gso.type, gso.size, gso.headers);
    const before = flushes(frames);
    frames.stdin.write(`${words.join(' ')}\nflush\n`);
    for (const until = Date.now() + DEADLINE_MS; flushes(frames) === before; await delay(1))
      assert.ok(Date.now() < until, 'the frame was not sent');
    assert.doesNotMatch(frames.output().toString(), /unsent/);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const service of this.#services) await service[Symbol.asyncDispose]();
    for (const name of Object.values(this.netns))
      await run(['ip', 'netns', 'del', name], { signal: AbortSignal.timeout(60_000), allowFailure: true });
    await rm(this.folder, { recursive: true, force: true });
  }
}

function flushes(service: Service): number {
  return service.output().toString().split('flushed').length;
}
