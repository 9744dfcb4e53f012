// SPDX-License-Identifier: GPL-2.0-only
/** What the tracer of one machine of a block is told. */
import { type Place, wholeMachine } from '../../model/place.ts';
import type { PathPlan, PlannedBlock } from '../../model/plan.ts';
import type { TracedMachineContext } from '../../model/trace-context.ts';
import type { TraceProfile } from '../../model/trace-profile.ts';
import { protocolOf } from '../../probes/index.ts';
import type { Guests } from '../live/live-guest.ts';
import { type Lab, machineAt, runAt } from '../live/open.ts';
import type { Probers } from '../measure/block.ts';
import { devicesAt } from './devices.ts';
import type { TracerPlan } from './plan.ts';
import { pointsAt } from './points.ts';
import { threadsAt } from './threads.ts';
import type { Traced } from './traced-machines.ts';

/** Per CPU; what a block of ordinary length needs, with room to spare. */
const BUFFER_BYTES = 16 << 20;
/** A guest has 512 MiB in all; this holds the records of most blocks whole. */
const GUEST_BUFFER_BYTES = 32 << 20;
/** Each look into the buffer takes the guest's only CPU from what is measured. */
const DRAIN_MS = 20;
const GUEST_DRAIN_MS = 1000;

/** No point of an emulated guest. */
const OF_KVM = ['guest_irq'];

/** What a bench of the tracer itself asks for. */
export interface TracerBench {
  /** Points that are left out. */
  readonly without: readonly string[];
  /** Have the kernel count the runs of each program. */
  readonly stats: boolean;
}

export interface TracerPlanning {
  readonly lab: Lab;
  readonly planned: PlannedBlock;
  readonly guests: Guests;
  readonly paths: readonly PathPlan[];
  readonly probers: Probers;
  readonly profile: TraceProfile;
  readonly bench?: TracerBench;
  readonly output: string;
  readonly signal: AbortSignal;
}

export async function planTracer(traced: Traced, planning: TracerPlanning): Promise<TracerPlan> {
  const { lab, planned, paths, profile, bench, output, signal } = planning;
  const kvm = !traced.isGuest && [...planning.guests.values()].some(({ guest }) => guest.accel === 'kvm');
  const without = [...(bench?.without ?? []), ...(kvm ? [] : OF_KVM)];
  return {
    points: pointsAt(traced, paths, { profile, without }),
    netns: traced.places.map((place) => netnsAt(lab, place)),
    threads: await threadsAt(traced, planning),
    devices: await devicesAt(traced, lab, signal),
    ports: paths.map(({ port }) => port),
    ...(traced.isGuest
      ? { bufferBytes: GUEST_BUFFER_BYTES, drainMs: GUEST_DRAIN_MS }
      : { bufferBytes: BUFFER_BYTES, drainMs: DRAIN_MS }),
    // In a guest nothing but the probe runs, so that its calls are all of one kind.
    ...(traced.isGuest ? { calls: protocolOf(planned.probe.protocol).transport } : {}),
    kvm,
    stats: bench?.stats ?? false,
    output,
  };
}

/** Of a mechanism that does not look them up. A guest has one namespace, whatever its inode. */
export async function namespacesAt(
  { places, isGuest }: Traced,
  lab: Lab,
  signal: AbortSignal,
): Promise<TracedMachineContext['namespaces']> {
  if (isGuest) return places.map((name) => ({ inode: 1, name }));
  return Promise.all(
    places.map(async (name) => {
      const stat = ['stat', '-L', '-c', '%i', netnsAt(lab, name).path];
      return { name, inode: Number(await runAt(lab, wholeMachine(name), stat, signal)) };
    }),
  );
}

function netnsAt(lab: Lab, name: Place): TracerPlan['netns'][number] {
  return { path: machineAt(lab, name).netns(name), name };
}
