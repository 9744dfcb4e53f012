// SPDX-License-Identifier: GPL-2.0-only
/** Measures the blocks of a plan one after the other; what fails becomes a failed cell, and the others go on. */

import type { FailedCell } from '../../model/block.ts';
import { HoplabError, reasonOf } from '../../model/errors.ts';
import { type Direction, GUEST } from '../../model/place.ts';
import { hasGuest, type MachineFacts, type PathPlan, type Plan, type PlannedBlock } from '../../model/plan.ts';
import type { Progress } from '../../model/progress.ts';
import type { RunFolder } from '../../run-store/create-run-folder.ts';
import type { HostEnvironment } from '../../system/facts.ts';
import { decideAccel } from '../../vmms/accel.ts';
import { vmmOf } from '../../vmms/index.ts';
import type { GuestPlan } from '../../vmms/vmm.ts';
import { describeGuest, readDevices } from '../live/environment.ts';
import { launcher } from '../live/guest-life.ts';
import { GuestSession } from '../live/guest-session.ts';
import { askMachines, attachWarnings, type Lab, openLab } from '../live/open.ts';
import { tellOverruns } from '../live/tell-overruns.ts';
import type { NextRound } from './add-draws.ts';
import type { BlockContext } from './block.ts';
import { BlocksUnderWay } from './blocks-under-way.ts';
import { measureInLab } from './measure-in-lab.ts';

/** What every block that follows would meet too. */
const FATAL: readonly string[] = ['DISK_FULL', 'TRACE_REFUSED', 'MACHINE_GONE'];

/** A guest that dies takes its block with it; after so many the machine is the reason. */
const MAX_GUEST_DEATHS = 3;

export interface MeasuringParts {
  readonly plan: Plan;
  /** What its guests are booted from, but for the accelerator; null for a plan without guests. */
  readonly guestPlan: GuestPlan | null;
  readonly folder: RunFolder;
  readonly environment: HostEnvironment;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Says in one sentence why a path carries nothing; null where that is not to be seen. */
  readonly explainLoss: (lost: LostPath) => Promise<string | null>;
  /** Blocks to measure beyond those of the plan, asked for again until there are none; absent = none. */
  readonly nextRound?: NextRound;
  /** What watches a block, for blocks that are watched; absent = none is. */
  readonly watchOf?: (block: WatchedBlock) => BlockContext['watch'];
}

/** A path that answered nothing in a block, in the lab that is still open. */
interface LostPath {
  readonly lab: Lab;
  readonly path: PathPlan;
  readonly direction: Direction;
  readonly facts: MachineFacts;
  readonly signal: AbortSignal;
}

/** A block that is about to be measured, as what watches it must know it. */
export interface WatchedBlock {
  readonly lab: Lab;
  readonly planned: PlannedBlock;
  /** Its paths that are alive. */
  readonly names: readonly string[];
}

/** One run under way: the lab, its present guest, and which paths are still alive. */
export class Measuring {
  readonly #parts: MeasuringParts;
  /** Paths that can no longer be measured: every later cell of theirs would fail in the same way. */
  readonly #dead = new Map<string, HoplabError>();
  #session: GuestSession | null = null;
  #guestDeaths = 0;
  /** Whether any guest of this run ever reached its agent, be it with a wrong clock. */
  #booted = false;
  #described = false;

  constructor(parts: MeasuringParts) {
    this.#parts = parts;
  }

  async run(id: string): Promise<void> {
    const { plan, folder, progress, signal } = this.#parts;
    await using lab = await openLab(plan, { id, signal, progress, logPath: (name) => folder.logPath(name) });
    for (const { plan: path, error } of lab.failed) this.#dead.set(path.name, error);
    for (const text of attachWarnings(lab)) await folder.addWarning({ kind: 'backend', text });
    try {
      const guest = await this.#prepareGuest(lab);
      const shown = new BlocksUnderWay(plan, { emulated: guest?.plan.accel === 'tcg' });
      await this.#measureAll({ lab, guest, shown });
    } finally {
      progress.endBlocks();
      await this.#endSession();
    }
  }

  /** The blocks of the plan, then those that are added round by round. */
  async #measureAll(work: Pick<BlockWork, 'lab' | 'guest' | 'shown'>): Promise<void> {
    const { plan, nextRound, signal } = this.#parts;
    let blocks = plan.blocks;
    for (let index = 0; ; ) {
      for (; index < blocks.length; index++) {
        signal.throwIfAborted();
        const planned = blocks[index];
        if (planned !== undefined) await this.#measure({ ...work, planned, index, blocks });
      }
      const round = (await nextRound?.()) ?? [];
      if (round.length === 0) return;
      blocks = [...blocks, ...round];
    }
  }

  /** The accelerator is decided by booting; whatever speaks against KVM is kept for the report. */
  async #prepareGuest(lab: Lab): Promise<PreparedGuest | null> {
    const { plan, guestPlan, progress, signal } = this.#parts;
    if (guestPlan === null) return null;
    const { accel } = plan.spec.guest;
    if (accel !== 'auto') return { plan: { ...guestPlan, accel }, why: null };
    const launch = launcher(lab, GUEST, []);
    const verdict = await progress.step('does KVM boot a guest here?', () =>
      decideAccel({ vmm: vmmOf(plan.spec.guest.vmm), plan: guestPlan, launch, signal }),
    );
    return { plan: verdict.plan, why: verdict.reason };
  }

  async #measure(work: BlockWork): Promise<void> {
    const { folder, progress, signal } = this.#parts;
    const { planned } = work;
    const alive = planned.paths.filter((path) => !this.#dead.has(path));
    const gone = planned.paths.filter((path) => this.#dead.has(path));
    await this.#fail(planned, gone, (path) => this.#dead.get(path));
    // A comparison needs both; an overview goes on with those that are left.
    if (alive.length === 0 || (planned.part === 'comparison' && gone.length > 0)) return;
    try {
      await this.#takeTurn(work, alive);
      const here = alive.filter((path) => !this.#dead.has(path));
      if (here.length > 0 && planned.slots.length > 0) await this.#plugFor(work, here);
      const rest = here.filter((path) => !this.#dead.has(path));
      if (rest.length === 0 || (planned.part === 'comparison' && rest.length < planned.paths.length)) return;
      const watch = this.#parts.watchOf?.({ lab: work.lab, planned, names: rest });
      const watched = watch === undefined ? {} : { watch };
      const before = performance.now();
      const { block, bytes, lostPaths, medians } = await progress.measure(work.shown.show(work), () =>
        measureInLab({ lab: work.lab, planned, names: rest, ...watched, signal }),
      );
      work.shown.done(planned, { ms: performance.now() - before, medians });
      await folder.writeBlock(block, bytes);
      await this.#giveUpOn(work, lostPaths);
    } catch (error) {
      signal.throwIfAborted();
      // No block that follows could be kept either.
      if (error instanceof HoplabError && FATAL.includes(error.code)) throw error;
      await askMachines(work.lab, signal);
      await this.#afterFailure(work, alive, asHoplabError(error));
    }
  }

  /** A path that had to wait for another is attached in its stead; a guest ends with the NICs of what is detached. */
  async #takeTurn({ lab, planned }: BlockWork, alive: readonly string[]): Promise<void> {
    if (alive.every((path) => lab.attached.has(path))) return;
    await this.#endSession();
    for (const { plan, error } of await lab.attach(alive, this.#parts.signal)) this.#dead.set(plan.name, error);
    const lost = alive.filter((path) => this.#dead.has(path));
    await this.#fail(planned, lost, (path) => this.#dead.get(path));
  }

  /** The guest that this block belongs to gets its NICs into the slots; it is booted where it does not run. */
  async #plugFor({ lab, guest, planned }: BlockWork, alive: readonly string[]): Promise<void> {
    const { progress, signal } = this.#parts;
    if (this.#session?.number !== planned.guest || !this.#session.guest.service.running) {
      await this.#endSession();
      if (guest === null) throw new Error('a block with a guest, and no guest');
      const { guest: number } = planned;
      const first = planned.slots.filter((path) => alive.includes(path));
      this.#session = await progress.step(`boot guest ${number} (${guest.plan.accel})`, () =>
        GuestSession.boot(lab, { place: GUEST, plan: guest.plan, number, first, signal }),
      );
      this.#booted = true;
      for (const [path, error] of this.#session.failed) this.#dead.set(path, error);
    }
    const session = this.#session;
    const usable = planned.slots.filter((path) => alive.includes(path) && !session.failed.has(path));
    const refused = await session.plug(usable, { fresh: planned.freshPlug, signal });
    for (const [path, error] of refused) this.#dead.set(path, error);
    const lost = alive.filter((path) => this.#dead.has(path));
    await this.#fail(planned, lost, (path) => this.#dead.get(path));
    if (!this.#described && guest !== null) await this.#describe(lab, session, guest);
  }

  /** Guest, VMM and the offloads of every device go into the environment once the first NICs are plugged. */
  async #describe(lab: Lab, session: GuestSession, { why }: PreparedGuest): Promise<void> {
    const { folder, environment, plan, signal } = this.#parts;
    const described = await Promise.all(
      [...lab.guests].map(async ([place, one]) => {
        return [place, await describeGuest(one, { why, spec: plan.spec.guest, signal })] as const;
      }),
    );
    const devices = await readDevices(lab, signal);
    await folder.writeEnvironment({ ...environment, guests: Object.fromEntries(described), devices, after: null });
    for (const text of session.scheduled.refused) await folder.addWarning({ kind: 'scheduling', text });
    this.#described = true;
  }

  /** A path without a single answer is not tried again; its cell says why, as far as the ladder tells. */
  async #giveUpOn(work: BlockWork, lost: readonly { readonly path: string; readonly reason: string }[]): Promise<void> {
    const { plan, progress, signal } = this.#parts;
    const { lab, planned } = work;
    if (lost.length > 0) await askMachines(lab, signal);
    for (const { path: name, reason } of lost) {
      const path = plan.paths.find((each) => each.name === name);
      if (path === undefined) continue;
      const at = { lab, path, signal, facts: plan.facts, direction: planned.probe.direction };
      const why = await progress.step(`${name} carries nothing: why?`, () => this.#parts.explainLoss(at));
      const silent = new HoplabError({
        code: 'PROBE_FAILED',
        message: `measure path ${name} in ${work.shown.name(work)}: ${reason}${why === null ? '' : `; ${why}`}`,
        hint: `hoplab diagnose with the same lab and --only ${name} looks at every hop`,
      });
      const error = tellOverruns(silent, { lab, paths: [name] });
      this.#dead.set(name, error);
      await this.#fail(planned, [name], () => error);
    }
  }

  async #afterFailure(work: BlockWork, paths: readonly string[], cause: HoplabError): Promise<void> {
    const { progress } = this.#parts;
    const { lab, planned } = work;
    const guests = new Map(lab.guests);
    // Whatever state the guest is in, the next block starts with a fresh one.
    if (planned.slots.length > 0) await this.#endSession();
    const error = tellOverruns(cause, { lab: { ...lab, guests }, paths });
    progress.note(`${work.shown.name(work)} failed: ${error.message}`);
    await this.#fail(planned, paths, () => error);
    if (planned.slots.length === 0) return;
    this.#guestDeaths += 1;
    if (error.code === 'GUEST_CLOCK') this.#booted = true;
    // A first guest that does not boot costs the whole deadline, and so would the second.
    if (this.#booted && this.#guestDeaths < MAX_GUEST_DEATHS) return;
    for (const path of this.#parts.plan.paths) if (hasGuest(path)) this.#dead.set(path.name, error);
  }

  async #fail(
    { part, probe, draw }: PlannedBlock,
    paths: readonly string[],
    errorOf: (path: string) => HoplabError | undefined,
  ): Promise<void> {
    const cells = paths.map((path): FailedCell => {
      const error = errorOf(path);
      const { code = 'LAB_FAILED', message = 'no reason is known', hint = null } = error ?? {};
      return { part, probe: probe.name, path, draw, code, reason: message, hint };
    });
    if (cells.length > 0) await this.#parts.folder.addFailed(...cells);
  }

  async #endSession(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.[Symbol.asyncDispose]();
  }
}

interface PreparedGuest {
  readonly plan: GuestPlan;
  /** Why not KVM; null where it is KVM, or where the user chose. */
  readonly why: string | null;
}

interface BlockWork {
  readonly lab: Lab;
  readonly guest: PreparedGuest | null;
  readonly planned: PlannedBlock;
  /** Among `blocks`, from 0. */
  readonly index: number;
  readonly blocks: readonly PlannedBlock[];
  readonly shown: BlocksUnderWay;
}

function asHoplabError(error: unknown): HoplabError {
  if (error instanceof HoplabError) return error;
  return new HoplabError({ code: 'LAB_FAILED', message: `measure: ${reasonOf(error)}`, cause: error });
}
