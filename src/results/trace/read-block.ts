// SPDX-License-Identifier: GPL-2.0-only
/** Reads one traced block: its records joined into timelines, and why they may not be used. */

import type { Block } from '../../model/block.ts';
import { errnoOf } from '../../model/errno.ts';
import { HoplabError, reasonOf } from '../../model/errors.ts';
import { endpointsOf } from '../../model/place.ts';
import type { ProbeSpec } from '../../model/probe-spec.ts';
import { SAMPLE_FLAGS } from '../../model/samples.ts';
import type { TscPairs } from '../../model/trace-clock.ts';
import type { TraceContext } from '../../model/trace-context.ts';
import type { TraceFileState } from '../../model/trace-file.ts';
import {
  HOSTS_MACHINE,
  isGuestMachine,
  machineOfPlace,
  referenceFirst,
  type TracedMachine,
} from '../../model/traced-machine.ts';
import type { Run } from '../../run-store/read-run.ts';
import { readTraceContext } from '../../run-store/read-trace.ts';
import type { TscSource } from '../../trace/clock/tsc-offset.ts';
import { Joiner } from '../../trace/join/join.ts';
import type { JoinOptions } from '../../trace/join/joined-trace.ts';
import type { JoinedBlock, MachineFile } from './joined-block.ts';
import { namedDevices } from './names.ts';
import { readMachineRecords } from './read-records.ts';
import { joinStamps, stampedMachine } from './read-stamps.ts';

/** What is wrong with a block is in what it returns: the others go on. */
export async function joinBlock(run: Run, block: Block, probe: ProbeSpec): Promise<JoinedBlock> {
  const read = readTraceContext(run, block.id);
  if (!read.ok) return { block, context: null, files: [], joined: null, unused: read.why };
  const context = read.value;
  const of = stampedMachine(context);
  if (of !== null) {
    const stamped = await joinStamps({ run, block, context, of });
    return { ...stamped, unused: stamped.unused ?? whyUnused(run, block, stamped.files) };
  }
  const files: MachineFile[] = [];
  try {
    const joiner = new Joiner(joinOptions(run.plan, { block, probe, context }));
    for (const { machine, without } of context.machines) {
      if (without !== null) continue;
      const state = await readMachineRecords({ run, block, probe, context }, machine, joiner.take(machine));
      files.push({ machine, state });
    }
    const joined = joiner.finish(tscOf({ context, files }));
    return { block, context, files, joined, unused: whyUnused(run, block, files) };
  } catch (error) {
    if (!(error instanceof HoplabError || errnoOf(error) !== null)) throw error;
    return { block, context, files, joined: null, unused: reasonOf(error) };
  }
}

/** What the block has of the counters of guests under KVM and of the machine that runs them, by guest. */
function tscOf({ context, files }: Pick<JoinedBlock, 'context' | 'files'>): Map<TracedMachine, TscSource> {
  const host = pairsOf(files, HOSTS_MACHINE);
  const known = new Map<TracedMachine, TscSource>();
  for (const { machine, scale } of scalesOf(context)) {
    const guest = pairsOf(files, machine);
    if (!('without' in scale) && host !== null && guest !== null) known.set(machine, { scale, host, guest });
  }
  return known;
}

/** The key beside the machines is of the first guest. */
function scalesOf(context: TraceContext | null) {
  const guests = (context?.machines ?? []).filter(({ machine }) => isGuestMachine(machine));
  return guests.flatMap(({ machine, tsc }, index) => {
    const scale = tsc ?? (index === 0 ? context?.tsc : undefined);
    return scale === undefined ? [] : [{ machine, scale }];
  });
}

function pairsOf(files: JoinedBlock['files'], machine: TracedMachine): TscPairs | null {
  const state = files.find((file) => file.machine === machine)?.state;
  const [start, end] = [state?.header.tsc, state?.trailer?.tsc];
  return start === undefined || end === undefined ? null : { start, end };
}

/** Why a KVM guest's clock was not joined by its counter; null = it was, or there is no KVM. */
export function whyNoTsc(block: JoinedBlock): string | null {
  const alignments = [...(block.joined?.alignments.values() ?? [])];
  const contradicted = alignments.find(({ withoutTsc }) => withoutTsc !== undefined)?.withoutTsc;
  if (contradicted !== undefined) return contradicted;
  const known = tscOf(block);
  const missing = scalesOf(block.context).find(({ machine }) => !known.has(machine));
  if (missing === undefined) return null;
  const { scale } = missing;
  return 'without' in scale ? scale.without : 'not both tracers wrote the counter before and behind their records';
}

function joinOptions(
  plan: Run['plan'],
  { block, probe, context }: { readonly block: Block; readonly probe: ProbeSpec; readonly context: TraceContext },
): JoinOptions {
  const ports = block.paths.map((name, index): [number, number] => [
    plan?.paths.find((path) => path.name === name)?.port ?? 0,
    index,
  ]);
  const machines = referenceFirst(context.machines.map(({ machine }) => machine));
  const recorded = context.machines.flatMap(({ machine, without }) => (without === null ? [machine] : []));
  const { client } = endpointsOf(probe.direction);
  const ofClient = machineOfPlace(client, recorded);
  return {
    ports: new Map(ports),
    requestBytes: probe.requestBytes,
    responseBytes: probe.responseBytes,
    legsAlike: new Set(
      block.paths.flatMap((name, index) => {
        const path = plan?.paths.find((each) => each.name === name);
        return path?.backendPlan.legsAlike?.includes(probe.direction) === true ? [index] : [];
      }),
    ),
    machines,
    // A client that wrote no records, or is none of a path without a guest: its packets are first seen on the hosts' machine.
    client: recorded.includes(ofClient) ? ofClient : HOSTS_MACHINE,
    names: namesOf({ plan }, context),
  };
}

/** Names for what the records of a block know by number. */
export function namesOf({ plan }: Pick<Run, 'plan'>, context: TraceContext): JoinOptions['names'] {
  return Object.fromEntries(
    context.machines.map((found) => {
      const { machine, namespaces, tasks } = found;
      // The prober's server starts a thread for each connection; its client starts none.
      const prober = ['server', 'client'].find((name) => tasks.some((task) => task.name === name));
      const other = prober === undefined ? {} : { otherTask: prober };
      const devices = namedDevices(found, { namespaces, paths: plan?.paths ?? [] });
      return [machine, { namespaces, tasks, ...other, devices }];
    }),
  );
}

/** A block with losses is not used: what is missing would be taken for something that did not happen. */
function whyUnused(run: Run, block: Block, files: readonly MachineFile[]): string | null {
  for (const { machine, state } of files) {
    if (state.damage !== null) return state.damage;
    const lost = lostRecords(state);
    if (lost > 0) return `${lost} records of the ${machine} were lost`;
  }
  const unproven = block.proofs.filter(({ proven }) => !proven);
  if (unproven.length > 0) return `the counters do not show the way of ${unproven.map(({ path }) => path).join(', ')}`;
  const lostSamples = run.samples(block).flags.filter((flags) => (flags & SAMPLE_FLAGS.lost) !== 0).length;
  return lostSamples > 0 ? `${lostSamples} transactions were lost` : null;
}

export function lostRecords({ trailer }: TraceFileState): number {
  return (trailer?.lost ?? []).reduce((sum, lost) => sum + lost, 0);
}
