/** One guest of a run: booted without NICs, its netdevs open, NICs plugged as the blocks ask for. */
import { setTimeout as delay } from 'node:timers/promises';
import { GuestClock } from '../../guest/guest-clock.ts';
import { HoplabError, reasonOf } from '../../model/errors.ts';
import type { PathPlan } from '../../model/plan.ts';
import type { LaunchQemu } from '../../vmms/boot.ts';
import { bootGuest, type Guest } from '../../vmms/boot.ts';
import type { QemuPlan } from '../../vmms/qemu/argv.ts';
import { addNetdev, plugNic, unplugNics } from '../../vmms/qemu/hotplug.ts';
import { nicId, nicOf, nicPlug } from '../plan/nic-plug.ts';
import type { AttachedPath } from './attach.ts';
import type { Packets } from './counters.ts';
import type { Lab } from './open.ts';
import { scheduleGuest } from './schedule-guest.ts';

const NIC_TIMEOUT_MS = 10_000;
/** Two readings of 0.3 ms that far apart tell a rate to within 0.3 %: what is off by more is found before any block. */
const CLOCK_SPAN_MS = 200;
/** The settings of the hosts, in the guest: see host-steps.ts. */
const QUIET: readonly (readonly [string, number])[] = [
  ['net.ipv6.conf.all.disable_ipv6', 1],
  ['net.ipv6.conf.default.disable_ipv6', 1],
  ['net.ipv4.neigh.default.base_reachable_time_ms', 7_200_000],
];

interface PluggedNic {
  readonly path: string;
  readonly mac: string;
  /** The interface's name in the guest. */
  readonly device: string;
}

export interface SessionOptions {
  readonly qemu: QemuPlan;
  /** Number of the guest in its run. */
  readonly number: number;
  readonly signal: AbortSignal;
}

export class GuestSession implements AsyncDisposable {
  readonly guest: Guest;
  readonly clock: GuestClock;
  readonly number: number;
  /** What scheduling was refused to QEMU's threads. */
  readonly refused: readonly string[];
  /** Paths whose netdev QEMU could not open, and why. */
  readonly failed: ReadonlyMap<string, HoplabError>;
  readonly #paths: ReadonlyMap<string, PathPlan>;
  #plugged: readonly PluggedNic[] = [];

  private constructor(parts: {
    guest: Guest;
    clock: GuestClock;
    number: number;
    refused: readonly string[];
    failed: ReadonlyMap<string, HoplabError>;
    paths: ReadonlyMap<string, PathPlan>;
  }) {
    this.guest = parts.guest;
    this.clock = parts.clock;
    this.number = parts.number;
    this.refused = parts.refused;
    this.failed = parts.failed;
    this.#paths = parts.paths;
  }

  /**
   * Boots the guest and opens the netdevs of all attached paths. A netdev that cannot be opened fails its path alone. Throws
   * GUEST_CLOCK where the guest's clock is seen to be wrong already.
   */
  static async boot(lab: Lab, { qemu, number, signal }: SessionOptions): Promise<GuestSession> {
    const attached = [...lab.attached.values()].filter(({ attachment }) => attachment.netdev !== null);
    const guest = await bootGuest({
      plan: qemu,
      launch: launcher(lab, attached),
      signal,
      consoleLog: lab.logPath(`guest-${number}-console`),
    });
    try {
      const clock = new GuestClock(`guest ${number}`, guest.agent);
      await clock.read(signal);
      const read = performance.now();
      for (const [key, value] of QUIET) await guest.agent.sysctl(key, value, { signal }).catch(ignoreMissingKey);
      const failed = new Map<string, HoplabError>();
      for (const { plan, attachment } of attached) {
        try {
          await addNetdev(guest.qmp, { id: plan.name, ...attachment.netdev }, signal);
        } catch (error) {
          signal.throwIfAborted();
          failed.set(plan.name, netdevError(plan, error));
        }
      }
      const refused = await scheduleGuest(guest, lab.plan.placement, signal);
      const paths = new Map(lab.plan.paths.map((path) => [path.name, path]));
      await delay(Math.max(0, CLOCK_SPAN_MS - (performance.now() - read)), undefined, { signal });
      await clock.check(signal);
      return new GuestSession({ guest, clock, number, refused, failed, paths });
    } catch (error) {
      await guest[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Names of the paths that are plugged in, by slot. */
  get plugged(): readonly string[] {
    return this.#plugged.map(({ path }) => path);
  }

  /**
   * Makes the slots hold exactly these paths; does nothing if they do and `fresh` is false. Returns the paths whose NIC
   * QEMU refused or the guest did not bring up: they are not plugged, and the others are.
   */
  async plug(
    slots: readonly string[],
    { fresh, signal }: { fresh: boolean; signal: AbortSignal },
  ): Promise<ReadonlyMap<string, HoplabError>> {
    if (!fresh && slots.length === this.#plugged.length && slots.every((path, i) => this.#plugged[i]?.path === path)) {
      return new Map();
    }
    await this.unplug(signal);
    const failed = new Map<string, HoplabError>();
    const keep = async <T>(plan: PathPlan, what: string, work: () => Promise<T>): Promise<T | null> => {
      try {
        return await work();
      } catch (error) {
        signal.throwIfAborted();
        if (!this.guest.service.running) throw error;
        failed.set(plan.name, nicError(plan, what, error));
        return null;
      }
    };
    const inserted: PathPlan[] = [];
    for (const [slot, path] of slots.entries()) {
      const plan = this.#planOf(path);
      await keep(plan, 'plug in', async () => {
        await plugNic(this.guest.qmp, { ...nicPlug(plan, slot), signal });
        inserted.push(plan);
      });
    }
    const nics = await Promise.all(inserted.map((plan) => keep(plan, 'bring up', () => this.#bringUp(plan, signal))));
    this.#plugged = nics.filter((nic) => nic !== null);
    const silent = inserted.filter(({ name }) => failed.has(name)).map(({ name }) => nicId(name));
    if (silent.length > 0) await unplugNics(this.guest.qmp, silent, { signal });
    return failed;
  }

  async unplug(signal: AbortSignal): Promise<void> {
    const leaving = this.#plugged;
    this.#plugged = [];
    if (leaving.length > 0)
      await unplugNics(
        this.guest.qmp,
        leaving.map(({ path }) => nicId(path)),
        { signal },
      );
  }

  /** Packet counters of the plugged NICs, keyed as the proof of paths looks them up. */
  async counters(signal: AbortSignal): Promise<[string, Packets][]> {
    const macs = new Set(this.#plugged.map(({ mac }) => mac));
    const all = await this.guest.agent.counters({ signal });
    return all
      .filter(({ mac }) => macs.has(mac))
      .map(({ mac, rxPackets, txPackets }) => [`guest ${mac}`, { rx: rxPackets, tx: txPackets }]);
  }

  /** The plugged NICs with their names in the guest. */
  get nics(): readonly PluggedNic[] {
    return this.#plugged;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.guest[Symbol.asyncDispose]();
  }

  async #bringUp(plan: PathPlan, signal: AbortSignal): Promise<PluggedNic> {
    const { agent } = this.guest;
    const nic = nicOf(plan);
    const address = `${nic.address}/${nic.prefix}`;
    const device = await agent.nicUp({ mac: nic.mac, address, timeoutMs: NIC_TIMEOUT_MS, signal });
    for (const { destination, gateway } of nic.routes) await agent.addRoute(device, destination, gateway, { signal });
    for (const { address: to, mac } of nic.neighbours) await agent.addNeighbour(device, to, mac, { signal });
    // passt learns the guest's MAC from its first frame; until then it sends to the broadcast address, which TCP ignores.
    await agent.announce(plan.wire.host1.address, { signal });
    return { path: plan.name, mac: nic.mac, device };
  }

  #planOf(path: string): PathPlan {
    const plan = this.#paths.get(path);
    if (plan === undefined) throw new Error(`no path ${path} in this lab`);
    return plan;
  }
}

/** Starts QEMU in host2's network namespace, on the CPU of the VMM; its vCPUs are placed once it runs. */
export function launcher(lab: Lab, attached: readonly AttachedPath[]): LaunchQemu {
  return (argv, { name, extraPipes, signal }) =>
    lab.namespaces.start(
      argv,
      { name, extraPipes, signal, logFile: lab.logPath('qemu') },
      { netns: 'host2', openFiles: attached.flatMap(({ attachment }) => attachment.openFiles) },
    );
}

function nicError(plan: PathPlan, what: string, error: unknown): HoplabError {
  return new HoplabError({
    code: error instanceof HoplabError ? error.code : 'QMP_FAILED',
    message: `${what} the NIC of path ${plan.name} (${JSON.stringify(plan.backendPlan.nicOptions)}): ${reasonOf(error)}`,
    hint: `hoplab run --only ${plan.name} keeps its logs apart; its options are in docs/backends/${plan.backend}.md`,
    cause: error,
  });
}

function netdevError(plan: PathPlan, error: unknown): HoplabError {
  return new HoplabError({
    code: 'QMP_FAILED',
    message: `open the netdev of path ${plan.name} (${JSON.stringify(plan.backendPlan.netdev)}): ${reasonOf(error)}`,
    hint: `hoplab run --only ${plan.name} keeps its logs apart`,
    cause: error,
  });
}

/** A guest kernel without IPv6 has no such keys. */
function ignoreMissingKey(error: unknown): void {
  if (!(error instanceof HoplabError && error.code === 'AGENT_REFUSED')) throw error;
}
