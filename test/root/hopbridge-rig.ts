// SPDX-License-Identifier: GPL-2.0-only
/** A bridge over real taps and veths in a namespace of its own, and someone at the far end of each. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../../src/system/exec.ts';
import { buildNative } from '../../src/system/native-build.ts';
import { nativeBinary, projectRoot } from '../../src/system/paths.ts';
import { type Service, startService } from '../../src/system/service.ts';

const DEADLINE_MS = 60_000;

export interface Arrived {
  readonly port: number;
  readonly bytes: Buffer;
  /** The receiver was told that the checksum is partial. */
  readonly partial: boolean;
  readonly gsoSize: number;
}

export interface SendOptions {
  /** virtio_net_hdr: where the checksum starts and where in it the field is. */
  readonly csum?: { readonly start: number; readonly offset: number };
  /** type 1 = TCPv4. */
  readonly gso?: { readonly type: number; readonly size: number; readonly headers: number };
}

interface Counter {
  readonly packets: number;
  readonly bytes: number;
}

export interface BridgeStats {
  readonly ports: readonly {
    readonly port: string;
    readonly native: boolean;
    readonly takes_redirects: boolean;
    readonly counters: Readonly<Record<string, Counter>>;
  }[];
  readonly fdb: { readonly entries: number; readonly size: number; readonly learned: number; readonly evicted: number };
  readonly losses: readonly { readonly port: string; readonly reason: string; readonly frames: number }[];
}

export interface FdbEntry {
  readonly mac: string;
  readonly vlan: number;
  readonly port: string;
  readonly static: boolean;
  readonly moves?: number;
}

export interface Ready {
  readonly ports: readonly { readonly port: string; readonly mode: string; readonly takes_redirects: boolean }[];
  readonly notes: readonly { readonly port: string; readonly text: string }[];
}

let count = 0;

/** One namespace: taps t0, t1, ... first, then veths v0, v1, ... with q0, q1, ... at their far ends. */
export class Rig implements AsyncDisposable {
  readonly netns: string;
  readonly folder: string;
  /** A BPF object for the loader in place of its own. */
  object: string | null = null;
  readonly #signal: AbortSignal;
  #frames: Service | null = null;
  #bridge: Service | null = null;
  #seen = 0;
  #answers = 0;

  private constructor(netns: string, folder: string, signal: AbortSignal) {
    this.netns = netns;
    this.folder = folder;
    this.#signal = signal;
  }

  static async open(ports: { taps: number; veths: number }, signal: AbortSignal): Promise<Rig> {
    await buildNative('bridge', signal);
    const folder = await mkdtemp(join(tmpdir(), 'hopbridge-'));
    const rig = new Rig(`hopbridge-${process.pid}-${count++}`, folder, signal);
    try {
      await rig.#build(ports);
    } catch (error) {
      await rig[Symbol.asyncDispose]();
      throw error;
    }
    return rig;
  }

  async #build({ taps, veths }: { taps: number; veths: number }): Promise<void> {
    const signal = this.#signal;
    const program = join(this.folder, 'frames');
    await run(['gcc', '-O2', '-o', program, join(projectRoot, 'native', 'hopbridge', 'rig', 'frames.c')], { signal });
    await run(['ip', 'netns', 'add', this.netns], { signal });
    for (const scope of ['all', 'default']) await this.ns('sysctl', '-qw', `net.ipv6.conf.${scope}.disable_ipv6=1`);
    const tapNames = Array.from({ length: taps }, (_, i) => `t${i}`);
    for (let i = 0; i < veths; i++) {
      await this.ns('ip', 'link', 'add', `v${i}`, 'type', 'veth', 'peer', 'name', `q${i}`);
      await this.ns('ethtool', '-K', `q${i}`, 'txvlan', 'off');
      for (const end of ['v', 'q']) await this.ns('ip', 'link', 'set', `${end}${i}`, 'up');
    }
    const farEnds = Array.from({ length: veths }, (_, i) => `packet:q${i}`);
    this.#frames = await startService(
      ['ip', 'netns', 'exec', this.netns, program, ...tapNames.map((name) => `tap:${name}`), ...farEnds],
      { name: 'frames', signal, logFile: null, ready: (line) => line === 'ready' },
    );
    this.#seen = this.#frames.output().length;
    for (const name of tapNames) await this.ns('ip', 'link', 'set', name, 'up');
  }

  async ns(...argv: string[]): Promise<string> {
    return (await run(['ip', 'netns', 'exec', this.netns, ...argv], { signal: this.#signal })).stdout;
  }

  /** Starts the bridge; what it said when it was ready. */
  async bridge(...plan: string[]): Promise<Ready> {
    await this.stopBridge();
    this.#bridge = await startService(['ip', 'netns', 'exec', this.netns, nativeBinary('bridge')], {
      name: 'hoplab-bridge',
      signal: this.#signal,
      logFile: null,
      stdin: `${[...plan, 'go'].join('\n')}\n`,
      ...(this.object === null ? {} : { env: { ...process.env, HOPLAB_BRIDGE_OBJECT: this.object } }),
      ready: (line) => line.startsWith('ready '),
    });
    const [first = ''] = this.#bridge.output().toString().split('\n');
    this.#answers = 1;
    return JSON.parse(first.slice('ready '.length)) as Ready;
  }

  /** Runs a plan that must be refused: what was said. */
  async refused(...plan: string[]): Promise<{ port: string | null; reason: string; message: string; cure: string }> {
    const { stdout, code } = await run(['ip', 'netns', 'exec', this.netns, nativeBinary('bridge')], {
      signal: this.#signal,
      input: `${[...plan, 'go'].join('\n')}\n`,
      ...(this.object === null ? {} : { env: { ...process.env, HOPLAB_BRIDGE_OBJECT: this.object } }),
      allowFailure: true,
    });
    assert.equal(code, 1, stdout);
    assert.match(stdout, /^refused \{.*\}\n$/);
    return JSON.parse(stdout.slice('refused '.length));
  }

  /** Builds the BPF object in another way than set-up does. */
  async buildObject(flags: string): Promise<string> {
    const out = join(this.folder, `other-${count++}`);
    const folder = join(projectRoot, 'native', 'hopbridge');
    const argv = ['make', '-C', folder, `OUT=${out}`, `BPF_CFLAGS=${flags}`, `${out}.bpf.o`];
    await run(argv, { signal: this.#signal });
    return `${out}.bpf.o`;
  }

  async stopBridge(): Promise<void> {
    const bridge = this.#bridge;
    this.#bridge = null;
    if (bridge === null) return;
    bridge.stdin.end();
    assert.deepEqual(await bridge.exited, { code: 0, signal: null }, bridge.lastLines(5).join('\n'));
  }

  async killBridge(): Promise<void> {
    const bridge = this.#bridge;
    this.#bridge = null;
    assert.ok(bridge);
    process.kill(bridge.pid, 'SIGKILL');
    await bridge.exited;
  }

  async command(line: string): Promise<unknown> {
    const bridge = this.#bridge;
    assert.ok(bridge);
    bridge.stdin.write(`${line}\n`);
    const at = this.#answers++;
    for (const until = Date.now() + DEADLINE_MS; Date.now() < until; await delay(2)) {
      const lines = bridge.output().toString().split('\n');
      if (lines.length > at + 1) return JSON.parse(lines[at] ?? '');
    }
    throw new Error(`no answer to ${line}`);
  }

  /** The ports of an answer to "stats". */
  portNames({ reply }: { reply: Record<string, unknown> }): string {
    return (reply as unknown as BridgeStats).ports.map(({ port }) => port).join(' ');
  }

  async stats(): Promise<BridgeStats> {
    return (await this.command('stats')) as BridgeStats;
  }

  /** Packets that a port has counted under a name. */
  async counted(port: string, name: string): Promise<number> {
    const counter = (await this.stats()).ports.find((one) => one.port === port)?.counters[name];
    assert.ok(counter, `${port} ${name}`);
    return counter.packets;
  }

  async fdb(): Promise<readonly FdbEntry[]> {
    return ((await this.command('fdb')) as { fdb: FdbEntry[] }).fdb;
  }

  send(port: number, bytes: Buffer, { csum, gso }: SendOptions = {}): void {
    const words = ['send', port, bytes.toString('hex')];
    if (csum !== undefined) words.push('csum', csum.start, csum.offset);
    if (gso !== undefined) words.push('gso', gso.type, gso.size, gso.headers);
    this.#frames?.stdin.write(`${words.join(' ')}\n`);
  }

  /** Everything that arrived since the last call, once nothing more comes. */
  async arrived(): Promise<readonly Arrived[]> {
    const frames = this.#frames;
    assert.ok(frames);
    frames.stdin.write('settle\n');
    let output = frames.output();
    for (const until = Date.now() + DEADLINE_MS; !output.subarray(this.#seen).includes('settled\n'); await delay(2)) {
      assert.ok(Date.now() < until, 'the frames did not settle');
      output = frames.output();
    }
    const lines = output.subarray(this.#seen).toString().split('\n').slice(0, -1);
    this.#seen = output.length;
    assert.deepEqual(
      lines.filter((line) => line.startsWith('unsent')),
      [],
    );
    return lines.filter((line) => line !== 'settled').map(parseArrived);
  }

  /** Sends one frame and says where it arrived. */
  async exchange(port: number, bytes: Buffer, options?: SendOptions): Promise<readonly Arrived[]> {
    this.send(port, bytes, options);
    return this.arrived();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bridge?.[Symbol.asyncDispose]();
    await this.#frames?.[Symbol.asyncDispose]();
    await run(['ip', 'netns', 'del', this.netns], { signal: AbortSignal.timeout(60_000), allowFailure: true });
    await rm(this.folder, { recursive: true, force: true });
  }
}

function parseArrived(line: string): Arrived {
  const [port, hex, partial, gso] = line.split(' ');
  assert.ok(port !== undefined && hex !== undefined, line);
  return { port: Number(port), bytes: Buffer.from(hex, 'hex'), partial: partial === '1', gsoSize: Number(gso) };
}

export function portsOf(arrived: readonly Arrived[]): number[] {
  return arrived.map(({ port }) => port).sort((a, b) => a - b);
}
