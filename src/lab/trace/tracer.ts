// SPDX-License-Identifier: GPL-2.0-only
/** The tracer around one block: hoptrace on every machine of it, started before it and stopped after it. */

import { existsSync } from 'node:fs';
import { HoplabError } from '../../model/errors.ts';
import type { Place } from '../../model/place.ts';
import type { TraceContext, TracedMachineContext } from '../../model/trace-context.ts';
import type { MechanismChoice, PassedOver } from '../../model/trace-mechanism.ts';
import type { TraceProfile } from '../../model/trace-profile.ts';
import { machineOfPlace } from '../../model/traced-machine.ts';
import type { RunFolder } from '../../run-store/create-run-folder.ts';
import { type GuestTsc, readGuestTsc } from '../../system/kvm-debugfs.ts';
import { nativeBinary } from '../../system/paths.ts';
import { readWallClock } from '../../system/wall-clock.ts';
import { guestsOf } from '../live/live-guest.ts';
import { guestAt, type Lab } from '../live/open.ts';
import type { BlockWatch, Probers } from '../measure/block.ts';
import type { WatchedBlock } from '../measure/measuring.ts';
import { refusedError, type StartedTracer, startMechanism } from './mechanism.ts';
import type { TracerPlan } from './plan.ts';
import { namespacesAt, planTracer, type TracerBench } from './plan-tracer.ts';
import { stampsOnly } from './stamps.ts';
import { type Traced, tracedMachines } from './traced-machines.ts';
import { endOf, recordsOf } from './tracer-end.ts';

export interface TracerOptions {
  readonly folder: RunFolder;
  readonly profile: TraceProfile;
  readonly slowest: number;
  readonly mechanism: MechanismChoice;
  readonly bench?: TracerBench;
  readonly signal: AbortSignal;
}

/** What is known of one machine's tracer. */
interface Tracer {
  readonly traced: Traced;
  readonly plan: TracerPlan;
  /** null = its kernel grants no mechanism. */
  readonly started: StartedTracer | null;
  readonly passedOver: readonly PassedOver[];
  /** Why there are no records; null = there are. */
  readonly without: string | null;
  /** Of a guest under KVM. */
  readonly tsc: GuestTsc | null;
}

/** Starts all tracers. What another's cannot do is said beside its records; without that of host2's machine there is no trace. */
export async function startTracer(
  block: WatchedBlock,
  probers: Probers,
  { folder, profile, slowest, mechanism: choice, bench, signal }: TracerOptions,
): Promise<BlockWatch> {
  const { lab, planned, names } = block;
  const guests = guestsOf(lab.guests, planned);
  const [first, ...others] = tracedMachines(lab, guests);
  const ids = [first, ...others].map(({ id }) => id);
  const stamped = { planned, client: machineOfPlace(probers.client.where, ids) };
  if (choice === 'timestamping') return stampsOnly({ ...stamped, passedOver: [] }, { folder, profile });
  const paths = names.flatMap((name) => lab.plan.paths.filter((path) => path.name === name));
  const planning = { lab, planned, guests, paths, probers, profile, signal, ...(bench === undefined ? {} : { bench }) };
  const outputOf = ({ id, isHere }: Traced) => (isHere ? folder.recordsPath(planned.id, id) : '-');
  const plan = await planTracer(first, { ...planning, output: outputOf(first) });
  const inodes = (traced: Traced) => () => namespacesAt(traced, lab, signal);
  // All is planned before anything is started: what takes long must not be between two starts.
  const further = await Promise.all(
    others.map(async (traced) => ({
      traced,
      plan: await planTracer(traced, { ...planning, output: outputOf(traced) }),
      tsc: traced.isGuest ? await guestTsc(lab, traced.place, signal) : null,
    })),
  );
  const at = { lab, choice, signal };
  const outcome = await startMechanism({ ...at, traced: first, plan, inodes: inodes(first) });
  if (!outcome.ok && choice !== 'auto') throw refusedError(first.id, choice, outcome.why);
  if (!outcome.ok) return stampsOnly({ ...stamped, passedOver: outcome.why }, { folder, profile });
  const { passedOver } = outcome.value;
  const tracers: Tracer[] = [{ traced: first, plan, started: outcome.value, passedOver, without: null, tsc: null }];
  try {
    for (const one of further) {
      const answer = await startMechanism({ ...at, ...one, inodes: inodes(one.traced) });
      tracers.push({ ...one, ...(answer.ok ? startedBy(answer.value) : refusedBy(answer.why)) });
    }
  } catch (error) {
    for (const { started } of tracers) {
      await started?.running.stop();
      await started?.cleanUp();
    }
    throw error;
  }
  return {
    async stop() {
      // A guest's tracer before that of the host, since it takes longer to stop. The host's records that too, which does no harm.
      const ends = await stopAll(tracers.toReversed());
      signal.throwIfAborted();
      for (const [{ traced }, end] of ends) {
        const records = recordsOf(traced, end, folder.path);
        if (records !== null) await folder.writeRecords(planned.id, traced.id, records);
      }
      await folder.writeTrace(planned.id, contextOf(tracers, { profile, slowest }));
    },
  };
}

const startedBy = (started: StartedTracer) => ({ started, passedOver: started.passedOver, without: null });

/** A machine whose kernel takes none of it is still traced from outside. */
const refusedBy = (passedOver: readonly PassedOver[]) => ({
  started: null,
  passedOver,
  without: passedOver.map(({ mechanism, why }) => `${mechanism}: ${why}`).join('; '),
});

/** All of them, also where one fails. */
async function stopAll(tracers: readonly Tracer[]) {
  const ends: [Tracer, Awaited<ReturnType<typeof endOf>>][] = [];
  for (const tracer of tracers) if (tracer.started !== null) ends.push([tracer, await endOf(tracer.started)]);
  return ends;
}

function contextOf(
  tracers: readonly Tracer[],
  { profile, slowest }: Pick<TracerOptions, 'profile' | 'slowest'>,
): TraceContext {
  const [ofFirst, ...further] = tracers.flatMap(({ tsc }) => (tsc === null ? [] : [tsc]));
  return {
    profile,
    slowest,
    machines: tracers.map((tracer) => described(tracer, further)),
    ...(ofFirst === undefined ? {} : { tsc: ofFirst }),
    wall: readWallClock(),
  };
}

function described(
  { traced, plan, started, passedOver, without, tsc }: Tracer,
  further: readonly GuestTsc[],
): TracedMachineContext {
  const tasks = plan.threads.map(({ tid, name }) => ({ tid, name }));
  return {
    ...{ machine: traced.id, points: plan.points, tasks, namespaces: started?.namespaces ?? [] },
    ...{ devices: plan.devices, without },
    ...(started === null ? {} : { mechanism: started.mechanism }),
    passedOver,
    ...(tsc === null || !further.includes(tsc) ? {} : { tsc }),
  };
}

/** null = a guest without KVM: its counter has nothing to do with the host's. */
async function guestTsc(lab: Pick<Lab, 'guests'>, place: Place, signal: AbortSignal): Promise<GuestTsc | null> {
  const { guest } = guestAt(lab, place);
  if (guest.accel !== 'kvm') return null;
  const vcpus: number[] = [];
  for (const { tid, role } of await guest.threads(signal)) if (role.kind === 'vcpu') vcpus[role.index] = tid;
  return readGuestTsc({ pid: await guest.pid(), vcpus });
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
