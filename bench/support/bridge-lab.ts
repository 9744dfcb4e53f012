// SPDX-License-Identifier: GPL-2.0-only
/** Namespaces src, mid and dst with a wire for each contestant, and what joins the wires' halves in mid. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { planDaemons, planDatabase, vsctl } from '../../src/backends/ovs/daemons.ts';
import { HOST2, wholeMachine } from '../../src/model/place.ts';
import { run } from '../../src/system/exec.ts';
import { findTool } from '../../src/system/find-tool.ts';
import { nativeBinary } from '../../src/system/paths.ts';
import { Scope } from '../../src/system/scope.ts';
import { type Service, startService } from '../../src/system/service.ts';
import { BOUNDED } from './bounded.ts';

/** direct: one veth from src to dst. The others join src's and dst's veth in mid. */
const JOINS = ['direct', 'bridge', 'ovs', 'tc', 'native'] as const;
export type Join = (typeof JOINS)[number];

export interface WireSpec {
  /** At most 10 letters: devices are named after it. */
  readonly name: string;
  readonly join: Join;
}

export interface BridgeLabOptions {
  readonly wires: readonly WireSpec[];
  /** Entries for which every bridge's table has room. */
  readonly fdbSize: number;
  /** Frames come into mid as XDP frames: ports of sk_buff contestants get GRO, without which a veth refuses them. */
  readonly xdpFrames: boolean;
  /** Where Open vSwitch runs, and at which SCHED_FIFO priority. */
  readonly cpu: number;
  readonly priority: number;
  readonly folder: string;
  readonly signal: AbortSignal;
}

const READY_MS = 10_000;
const STEP_MS = 20;
let labs = 0;

export class BridgeLab implements AsyncDisposable {
  readonly src: string;
  readonly mid: string;
  readonly dst: string;
  /** Of Open vSwitch, once it is joined. */
  ovsPid: number | null = null;
  readonly #options: BridgeLabOptions;
  readonly #scope = new Scope();

  private constructor(options: BridgeLabOptions) {
    const mark = `hopbench-${process.pid}-${labs++}`;
    this.src = `${mark}-src`;
    this.mid = `${mark}-mid`;
    this.dst = `${mark}-dst`;
    this.#options = options;
  }

  /** The wires, up, and nothing joined yet: a program at a far end must be there before a bridge looks. */
  static async open(options: BridgeLabOptions): Promise<BridgeLab> {
    const lab = new BridgeLab(options);
    try {
      await lab.#build();
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
    return lab;
  }

  async #build(): Promise<void> {
    for (const netns of [this.src, this.mid, this.dst]) {
      this.#scope.defer(`namespace ${netns}`, () =>
        run(['ip', 'netns', 'del', netns], { signal: AbortSignal.timeout(5000), allowFailure: true }),
      );
      await this.#run('ip', 'netns', 'add', netns);
      // Nothing of its own may cross a wire.
      await this.within(
        netns,
        'sysctl',
        '-qw',
        ...['all', 'default'].map((at) => `net.ipv6.conf.${at}.disable_ipv6=1`),
      );
    }
    for (const { name, join } of this.#options.wires) {
      const near = join === 'direct' ? [`d-${name}`, this.dst] : [`p-${name}`, this.mid];
      await this.#veth([`s-${name}`, this.src], [near[0] ?? '', near[1] ?? '']);
      if (join !== 'direct') await this.#veth([`q-${name}`, this.mid], [`d-${name}`, this.dst]);
    }
  }

  async #veth(a: readonly [string, string], b: readonly [string, string]): Promise<void> {
    await this.#run('ip', 'link', 'add', a[0], 'netns', a[1], 'type', 'veth', 'peer', 'name', b[0], 'netns', b[1]);
    for (const [device, netns] of [a, b]) await this.#run('ip', '-n', netns, 'link', 'set', device, 'up');
  }

  /** Joins the halves of every wire; call once. */
  async join(): Promise<void> {
    for (const { name, join } of this.#options.wires) {
      const ports = [`p-${name}`, `q-${name}`];
      if (this.#options.xdpFrames && join !== 'direct' && join !== 'native')
        for (const port of ports) await this.within(this.mid, 'ethtool', '-K', port, 'gro', 'on');
      switch (join) {
        case 'direct':
          break;
        case 'bridge':
          await this.#bridge(`b-${name}`, ports);
          break;
        case 'ovs':
          await this.#ovs(`o-${name}`, ports);
          break;
        case 'tc':
        case 'native':
          await this.#hopbridge(name, join, ports);
          break;
        default:
          join satisfies never;
      }
    }
  }

  async #bridge(bridge: string, ports: readonly string[]): Promise<void> {
    await this.within(
      this.mid,
      ...['ip', 'link', 'add', bridge, 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0', 'mcast_snooping', '0'],
    );
    for (const port of ports) await this.within(this.mid, 'ip', 'link', 'set', port, 'master', bridge);
    await this.within(this.mid, 'ip', 'link', 'set', bridge, 'up');
  }

  async #hopbridge(name: string, mode: 'tc' | 'native', ports: readonly string[]): Promise<void> {
    const ends = [this.src, this.dst].map((netns) => (mode === 'native' ? ` peer-netns=${netnsPath(netns)}` : ''));
    const plan = [
      `fdb-size ${this.#options.fdbSize}`,
      ...ports.map((port, i) => `port ${port} mode=${mode}${ends[i]}`),
    ];
    const bridge = await startService(['ip', 'netns', 'exec', this.mid, nativeBinary('bridge')], {
      name: `hoplab-bridge of ${name}`,
      signal: this.#options.signal,
      logFile: null,
      stdin: `${[...plan, 'go'].join('\n')}\n`,
      ready: (line) => line.startsWith('ready '),
    });
    this.#scope.use(bridge.name, bridge);
  }

  /** As the backend `ovs` runs it: its own daemons, checksum state kept, a bridge that learns. */
  async #ovs(bridge: string, ports: readonly string[]): Promise<void> {
    const place = { path: 'bench', dir: join(this.#options.folder, `ovs-${this.mid}`) };
    const added = ports.flatMap((port) => ['--', 'add-port', bridge, port]);
    const make = vsctl(
      place,
      ...['add-br', bridge, '--', 'set', 'bridge', bridge, 'datapath_type=netdev', 'fail-mode=standalone'],
      ...[`other-config:mac-table-size=${this.#options.fdbSize}`, ...added],
    );
    for (const step of planDatabase(place)) await this.within(this.mid, ...step.do);
    for (const service of planDaemons(place, {
      checksums: true,
      bridge: [{ on: wholeMachine(HOST2), do: make, undo: null }],
    })) {
      const { cpu, priority } = this.#options;
      const placed = [...BOUNDED, 'taskset', '-c', String(cpu), 'chrt', '-f', String(priority), ...service.argv];
      const daemon = await this.#serve(service.name, service.readySocket ?? '', placed);
      if (service.name.startsWith('ovs-vswitchd')) this.ovsPid = daemon.pid;
      for (const step of service.whenReady ?? []) await this.within(this.mid, ...step.do);
    }
  }

  async #serve(name: string, socket: string, argv: readonly string[]): Promise<Service> {
    const { signal } = this.#options;
    const daemon = await startService(['ip', 'netns', 'exec', this.mid, ...argv], { name, signal, logFile: null });
    this.#scope.use(name, daemon);
    for (const until = Date.now() + READY_MS; !existsSync(socket); await delay(STEP_MS, undefined, { signal }))
      if (!daemon.running || Date.now() > until) throw new Error(`${name}: ${daemon.lastLines(3).join(' | ')}`);
    return daemon;
  }

  async within(netns: string, ...argv: readonly string[]): Promise<void> {
    await this.#run('ip', 'netns', 'exec', netns, ...argv);
  }

  async #run(...argv: readonly string[]): Promise<void> {
    await run(argv, { signal: this.#options.signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope.close();
  }
}

export const netnsPath = (netns: string): string => `/run/netns/${netns}`;

/** Without Open vSwitch its wire is left out, and that is said. */
export async function hasOvs(): Promise<boolean> {
  return (await findTool('ovs-vswitchd')) !== null && (await findTool('ovsdb-server')) !== null;
}
