// SPDX-License-Identifier: GPL-2.0-only
/** The tracer around one block: hoptrace on the host and in the guest, started before it and stopped after it. */

import { existsSync } from 'node:fs';
import type { ToolEnd } from '../../machines/tools.ts';
import { HoplabError } from '../../model/errors.ts';
import { GUEST, HOSTS, type Place, wholeMachine } from '../../model/place.ts';
import type { TraceContext, TracedMachineContext } from '../../model/trace-context.ts';
import type { MechanismChoice, PassedOver } from '../../model/trace-mechanism.ts';
import type { TraceProfile } from '../../model/trace-profile.ts';
import { protocolOf } from '../../probes/index.ts';
import type { RunFolder } from '../../run-store/create-run-folder.ts';
import { type GuestTsc, readGuestTsc } from '../../system/kvm-debugfs.ts';
import { nativeBinary } from '../../system/paths.ts';
import { readWallClock } from '../../system/wall-clock.ts';
import { guestsOf, type LiveGuest } from '../live/live-guest.ts';
import { guestAt, type Lab, machineAt, runAt } from '../live/open.ts';
import type { BlockWatch, Probers } from '../measure/block.ts';
import type { WatchedBlock } from '../measure/measuring.ts';
import { guestDevices, hostDevices } from './devices.ts';
import { refusedError, type StartedTracer, startMechanism } from './mechanism.ts';
import type { TracerPlan } from './plan.ts';
import { pointsOf } from './points.ts';
import { stampsOnly } from './stamps.ts';
import { guestThreads, hostThreads } from './threads.ts';

/** Per CPU; what a block of ordinary length needs, with room to spare. */
const BUFFER_BYTES = 16 << 20;
/** A guest has 512 MiB in all; this holds the records of most blocks whole. */
const GUEST_BUFFER_BYTES = 32 << 20;
/** Each look into the buffer takes the guest's only CPU from what is measured. */
const DRAIN_MS = 20;
const GUEST_DRAIN_MS = 1000;

/** What a bench of the tracer itself asks for. */
export interface TracerBench {
  /** Points that are left out. */
  readonly without: readonly string[];
  /** Have the kernel count the runs of each program. */
  readonly stats: boolean;
}

export interface TracerOptions {
  readonly folder: RunFolder;
  readonly profile: TraceProfile;
  readonly slowest: number;
  readonly mechanism: MechanismChoice;
  readonly bench?: TracerBench;
  readonly signal: AbortSignal;
}

/** Starts both tracers. What the guest's cannot do is said beside its records; without the host's there is no trace. */
export async function startTracer(
  { lab, planned, names }: WatchedBlock,
  probers: Probers,
  { folder, profile, slowest, mechanism: choice, bench, signal }: TracerOptions,
): Promise<BlockWatch> {
  if (choice === 'timestamping') return stampsOnly({ planned, probers, passedOver: [] }, { folder, profile });
  const paths = names.flatMap((name) => lab.plan.paths.filter((path) => path.name === name));
  const points = pointsOf(paths, profile, bench?.without);
  const stats = bench?.stats ?? false;
  const guests = guestsOf(lab.guests, planned);
  const traced = guests.get(GUEST);
  const ports = paths.map(({ port }) => port);
  const plans = {
    host: {
      points: points.host,
      netns: HOSTS.map((name) => netnsAt(lab, name)),
      threads: await hostThreads({ lab, guests, paths, probers, signal }),
      devices: await hostDevices(lab, signal),
      ports,
      bufferBytes: BUFFER_BYTES,
      drainMs: DRAIN_MS,
      stats,
      output: folder.recordsPath(planned.id),
    },
    guest:
      traced === undefined
        ? null
        : await {
            ...(await guestPlan(lab, { points: points.guest, probers, ports, signal })),
            calls: protocolOf(planned.probe.protocol).transport,
            stats,
          },
  };
  const at = { lab, choice, signal };
  const tsc = traced === undefined ? null : await guestTsc(traced);
  const outcome = await startMechanism({
    ...{ ...at, machine: 'host', plan: plans.host },
    inodes: () => namespaceInodes(lab, signal),
  });
  if (!outcome.ok && choice !== 'auto') throw refusedError('host', choice, outcome.why);
  if (!outcome.ok) return stampsOnly({ planned, probers, passedOver: outcome.why }, { folder, profile });
  const host = outcome.value;
  const guest =
    plans.guest === null
      ? null
      : await startInGuest(plans.guest, at).catch(async (error: unknown) => {
          await host.running.stop();
          await host.cleanUp();
          throw error;
        });
  const context = (without: string | null): TraceContext => ({
    profile,
    slowest,
    machines: [
      described('host', plans.host, { started: host, passedOver: host.passedOver, without: null }),
      ...(plans.guest === null || guest === null ? [] : [described('guest', plans.guest, { ...guest, without })]),
    ],
    ...(tsc === null ? {} : { tsc }),
    wall: readWallClock(),
  });
  return {
    async stop() {
      // The guest's tracer first, since it takes longer to stop. The host's records that too, which does no harm.
      const inGuest = guest?.started == null ? null : await ended(guest.started).catch((error: unknown) => error);
      const onHost = await host.running.stop();
      await host.cleanUp();
      signal.throwIfAborted();
      if (inGuest instanceof Error) throw inGuest;
      if (onHost.code !== 0) throw hostFailure(onHost, folder.path);
      if (inGuest !== null) await folder.writeRecords(planned.id, inGuest as Buffer);
      await folder.writeTrace(planned.id, context(guest?.without ?? null));
    },
  };
}

/** null = a guest without KVM: its counter has nothing to do with the host's. */
async function guestTsc({ guest }: LiveGuest): Promise<GuestTsc | null> {
  return guest.accel === 'kvm' ? readGuestTsc(await guest.pid()) : null;
}

interface Described {
  readonly started: StartedTracer | null;
  readonly passedOver: readonly PassedOver[];
  /** Why there are no records; null = there are. */
  readonly without: string | null;
}

function described(
  machine: TracedMachineContext['machine'],
  { points, threads, devices }: TracerPlan,
  { started, passedOver, without }: Described,
): TracedMachineContext {
  const tasks = threads.map(({ tid, name }) => ({ tid, name }));
  return {
    ...{ machine, points, tasks, namespaces: started?.namespaces ?? [], devices, without },
    ...(started === null ? {} : { mechanism: started.mechanism }),
    passedOver,
  };
}

/** A guest whose kernel takes none of it is still traced from outside. */
async function startInGuest(
  plan: TracerPlan,
  at: Omit<Parameters<typeof startMechanism>[0], 'machine' | 'plan' | 'inodes'>,
): Promise<Described> {
  const outcome = await startMechanism({ ...at, machine: 'guest', plan, inodes: async () => [GUEST_NAMESPACE] });
  if (outcome.ok) return { started: outcome.value, passedOver: outcome.value.passedOver, without: null };
  const passedOver = outcome.why;
  return {
    started: null,
    passedOver,
    without: passedOver.map(({ mechanism, why }) => `${mechanism}: ${why}`).join('; '),
  };
}

/** A guest has one namespace, whatever its inode. */
const GUEST_NAMESPACE = { inode: 1, name: 'guest' };

function netnsAt(lab: Lab, name: Place): TracerPlan['netns'][number] {
  return { path: machineAt(lab, name).netns(name), name };
}

async function namespaceInodes(lab: Lab, signal: AbortSignal): Promise<TracedMachineContext['namespaces']> {
  return Promise.all(
    HOSTS.map(async (name) => {
      const stat = ['stat', '-L', '-c', '%i', netnsAt(lab, name).path];
      return { name, inode: Number(await runAt(lab, wholeMachine(name), stat, signal)) };
    }),
  );
}

async function ended({ running }: StartedTracer): Promise<Buffer> {
  const { code, signal, output, said } = await running.stop();
  if (code === 0) return output;
  throw new HoplabError({
    code: 'TRACE_FAILED',
    message: `trace in the guest: hoplab-hoptrace ended with ${signal ?? `status ${code}`}: ${said}`,
    hint: 'hoplab trace --light traces with three points alone',
  });
}

function hostFailure({ code, signal, said }: ToolEnd, folder: string): HoplabError {
  const full = /no space left|ENOSPC/i.test(said);
  return new HoplabError({
    code: full ? 'DISK_FULL' : 'TRACE_FAILED',
    message: `write the records of a trace into ${folder}: ${full ? 'no space left on that disk' : `hoplab-hoptrace ended with ${signal ?? `status ${code}`}`}: ${said}`,
    hint: full
      ? `hoplab report ${folder} shows what is kept; then free space, or HOPLAB_RUNS=/other/disk hoplab trace`
      : 'hoplab doctor says what this kernel allows',
  });
}

async function guestPlan(
  lab: Lab,
  {
    points,
    probers,
    ports,
    signal,
  }: {
    readonly points: readonly string[];
    readonly probers: Probers;
    readonly ports: readonly number[];
    readonly signal: AbortSignal;
  },
): Promise<TracerPlan> {
  return {
    points,
    netns: [netnsAt(lab, GUEST)],
    threads: guestThreads(probers),
    devices: await guestDevices(guestAt(lab, GUEST), signal),
    ports,
    bufferBytes: GUEST_BUFFER_BYTES,
    drainMs: GUEST_DRAIN_MS,
    output: '-',
  };
}

/** Whether the tracer was built; thrown before anything is opened. */
export function requireTracer(): void {
  if (existsSync(nativeBinary('hoptrace'))) return;
  throw new HoplabError({
    code: 'NOT_SET_UP',
    message: `trace: hoplab-hoptrace is not built: it needs clang and libbpf`,
    hint: 'hoplab setup',
  });
}
