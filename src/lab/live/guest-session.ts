// SPDX-License-Identifier: GPL-2.0-only
/** One guest of a run: its NICs plugged as the blocks ask for, or given with a boot where its VMM cannot plug. */
import type { MachineClock } from '../../machines/machine-clock.ts';
import { HoplabError, reasonOf } from '../../model/errors.ts';
import type { Place } from '../../model/place.ts';
import type { PathPlan } from '../../model/plan.ts';
import type { Guest, GuestPlug } from '../../vmms/boot.ts';
import { vmmOf } from '../../vmms/index.ts';
import type { GuestPlan } from '../../vmms/vmm.ts';
import { nicOf, pathNic } from '../plan/path-nic.ts';
import type { Packets } from './counters.ts';
import { attachedWithGuest, bootLife, type GuestLife } from './guest-life.ts';
import type { LiveGuest, PluggedNic } from './live-guest.ts';
import type { Lab } from './open.ts';
import type { ScheduledGuest } from './schedule-guest.ts';
import { waitForCarrier } from './wait-for-carrier.ts';

const NIC_TIMEOUT_MS = 10_000;

export interface SessionOptions {
  /** Of the guest: there the lab knows it until the session is disposed of. */
  readonly place: Place;
  readonly plan: GuestPlan;
  /** Number of the guest in its run. */
  readonly number: number;
  /** The paths that will be plugged first, by slot: a VMM that cannot plug boots with them, and not twice. Default none. */
  readonly first?: readonly string[];
  readonly signal: AbortSignal;
}

type Failures = Map<string, HoplabError>;

export class GuestSession implements LiveGuest, AsyncDisposable {
  readonly place: Place;
  readonly number: number;
  readonly #lab: Lab;
  readonly #plan: GuestPlan;
  /** Paths that the VMM cannot carry, whatever is plugged. */
  readonly #refusedPaths: ReadonlyMap<string, HoplabError>;
  #life: GuestLife;
  /** Where NICs came with the boot: those of the present boot, as long as nobody has used them; else null. */
  #unused: readonly string[] | null;
  #plugged: readonly PluggedNic[] = [];

  private constructor(
    lab: Lab,
    { place, plan, number }: SessionOptions,
    start: { life: GuestLife; refused: ReadonlyMap<string, HoplabError>; unused: readonly string[] | null },
  ) {
    this.#lab = lab;
    this.#plan = plan;
    this.place = place;
    this.number = number;
    this.#life = start.life;
    this.#refusedPaths = start.refused;
    this.#unused = start.unused;
  }

  /**
   * Boots the guest. A path whose attachment cannot be opened fails alone. Throws GUEST_BOOT_FAILED, and GUEST_CLOCK where
   * the guest's clock is seen to be wrong already.
   */
  static async boot(lab: Lab, options: SessionOptions): Promise<GuestSession> {
    const { place, plan, number, first = [], signal } = options;
    const refused = refusedPaths(lab, plan);
    const atBoot = vmmOf(lab.plan.spec.guest.vmm).plug === undefined || comeWithBoot(lab, first);
    const nics = atBoot ? first.filter((path) => !refused.has(path)) : [];
    const life = await bootLife(lab, { place, plan, number, nics: nics.map((path) => planOf(lab, path)), signal });
    const session = new GuestSession(lab, options, { life, refused, unused: atBoot ? nics : null });
    lab.guests.set(place, session);
    return session;
  }

  get guest(): Guest {
    return this.#life.guest;
  }

  get clock(): MachineClock {
    return this.#life.clock;
  }

  get scheduled(): ScheduledGuest {
    return this.#life.scheduled;
  }

  /** Paths whose NIC cannot be had in this guest, and why. */
  get failed(): ReadonlyMap<string, HoplabError> {
    return new Map([...this.#refusedPaths, ...this.#life.failed]);
  }

  /** Names of the paths that are plugged in, by slot. */
  get plugged(): readonly string[] {
    return this.#plugged.map(({ path }) => path);
  }

  get nics(): readonly PluggedNic[] {
    return this.#plugged;
  }

  /**
   * Makes the slots hold exactly these paths; does nothing if they do and `fresh` is false. Returns the paths whose NIC
   * the VMM refused or the guest did not bring up: they are not plugged, and the others are.
   */
  async plug(
    slots: readonly string[],
    { fresh, signal }: { fresh: boolean; signal: AbortSignal },
  ): Promise<ReadonlyMap<string, HoplabError>> {
    if (!fresh && sameWords(slots, this.plugged)) return new Map();
    const failed: Failures = new Map();
    const { plug } = this.guest;
    if (plug !== null && !comeWithBoot(this.#lab, slots)) await this.#insert(plug, slots, { failed, signal });
    else await this.#bootWith(slots, { failed, signal });
    return failed;
  }

  async unplug(signal: AbortSignal): Promise<void> {
    await this.plug([], { fresh: false, signal });
  }

  async counters(signal: AbortSignal): Promise<[string, Packets][]> {
    const macs = new Set(this.#plugged.map(({ mac }) => mac));
    const all = await this.guest.agent.counters({ signal });
    return all
      .filter(({ mac }) => macs.has(mac))
      .map(({ mac, rxPackets, txPackets }) => [`guest ${mac}`, { rx: rxPackets, tx: txPackets }]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lab.guests.delete(this.place);
    await this.#life[Symbol.asyncDispose]();
  }

  /** The running guest loses its NICs and gets these. */
  async #insert(plug: GuestPlug, slots: readonly string[], { failed, signal }: PlugWork): Promise<void> {
    const leaving = this.plugged;
    this.#plugged = [];
    if (leaving.length > 0) await plug.remove(leaving, signal);
    const inserted: PathPlan[] = [];
    for (const [slot, path] of slots.entries()) {
      const plan = planOf(this.#lab, path);
      await this.#keep({ plan, what: 'plug in', failed, signal }, async () => {
        await plug.insert(pathNic(plan, slot), signal);
        inserted.push(plan);
      });
    }
    await this.#bringUpAll(inserted, { failed, signal });
    const silent = inserted.filter(({ name }) => failed.has(name)).map(({ name }) => name);
    if (silent.length > 0) await plug.remove(silent, signal);
  }

  /** A draw is a boot: the guest ends, and the next one has these NICs. A guest that has them and was not used is kept. */
  async #bootWith(slots: readonly string[], { failed, signal }: PlugWork): Promise<void> {
    const plans = slots.map((path) => planOf(this.#lab, path));
    this.#plugged = [];
    if (this.#unused === null || !sameWords(this.#unused, slots)) {
      await this.#life[Symbol.asyncDispose]();
      const { place, number } = this;
      this.#life = await bootLife(this.#lab, { place, plan: this.#plan, number, nics: plans, signal });
    }
    this.#unused = null;
    await this.#bringUpAll(plans, { failed, signal });
  }

  async #bringUpAll(plans: readonly PathPlan[], { failed, signal }: PlugWork): Promise<void> {
    const nics = await Promise.all(
      plans.map((plan) => this.#keep({ plan, what: 'bring up', failed, signal }, () => this.#bringUp(plan, signal))),
    );
    this.#plugged = nics.filter((nic) => nic !== null);
  }

  /** What fails is kept as that path's failure, as long as the guest lives. */
  async #keep<T>({ plan, what, failed, signal }: KeptWork, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!this.guest.service.running) throw error;
      failed.set(plan.name, nicError(plan, what, error));
      return null;
    }
  }

  async #bringUp(plan: PathPlan, signal: AbortSignal): Promise<PluggedNic> {
    const { agent } = this.guest;
    const nic = nicOf(plan);
    const address = `${nic.address}/${nic.prefix}`;
    const device = await agent.nicUp({ mac: nic.mac, address, timeoutMs: NIC_TIMEOUT_MS, signal });
    // What hoplab makes itself has its carrier at once.
    if (plan.backendPlan.attachment.kind === 'device') await waitForCarrier(agent, { device, signal });
    for (const { destination, gateway } of nic.routes) await agent.addRoute(device, destination, gateway, { signal });
    for (const { address: to, mac } of nic.neighbours) await agent.addNeighbour(device, to, mac, { signal });
    // passt learns the guest's MAC from its first frame; until then it sends to the broadcast address, which TCP ignores.
    await agent.announce(plan.wire.host1.address, { signal });
    return { path: plan.name, mac: nic.mac, device };
  }
}

interface PlugWork {
  readonly failed: Failures;
  readonly signal: AbortSignal;
}

interface KeptWork extends PlugWork {
  readonly plan: PathPlan;
  readonly what: string;
}

/** The paths whose NIC this kind of VMM cannot give, asked of it before anything runs. */
function refusedPaths(lab: Lab, plan: GuestPlan): ReadonlyMap<string, HoplabError> {
  const vmm = vmmOf(lab.plan.spec.guest.vmm);
  const refused = attachedWithGuest(lab).flatMap(({ plan: path }): [string, HoplabError][] => {
    try {
      vmm.argv(plan, [pathNic(path, 0)]);
      return [];
    } catch (error) {
      if (!(error instanceof HoplabError)) throw error;
      return [[path.name, error]];
    }
  });
  return new Map(refused);
}

/** Whether one of these cannot be put into a running guest a second time. */
function comeWithBoot(lab: Lab, paths: readonly string[]): boolean {
  return paths.some((path) => planOf(lab, path).backendPlan.needs?.atBoot === true);
}

function planOf(lab: Lab, name: string): PathPlan {
  const plan = lab.plan.paths.find((path) => path.name === name);
  if (plan === undefined) throw new Error(`no path ${name} in this lab`);
  return plan;
}

function sameWords(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((word, i) => other[i] === word);
}

function nicError(plan: PathPlan, what: string, error: unknown): HoplabError {
  return new HoplabError({
    code: error instanceof HoplabError ? error.code : 'LAB_FAILED',
    message: `${what} the NIC of path ${plan.name} (${JSON.stringify(plan.backendPlan.nicOptions)}): ${reasonOf(error)}`,
    hint: `hoplab run --only ${plan.name} keeps its logs apart; its options are in docs/backends/${plan.backend}.md`,
    cause: error,
  });
}
