// SPDX-License-Identifier: GPL-2.0-only
/** Reads one traced block: its records joined into timelines, and why they may not be used. */

import type { Block } from '../../model/block.ts';
import { HoplabError, reasonOf } from '../../model/errors.ts';
import { towardsGuest } from '../../model/place.ts';
import type { ProbeSpec } from '../../model/probe-spec.ts';
import { SAMPLE_FLAGS } from '../../model/samples.ts';
import type { TraceContext } from '../../model/trace-context.ts';
import type { TraceFileState } from '../../model/trace-file.ts';
import type { TracedMachine } from '../../model/trace-timelines.ts';
import type { Run } from '../../run-store/read-run.ts';
import { readTraceContext } from '../../run-store/read-trace.ts';
import type { TscSource } from '../../trace/clock/tsc-offset.ts';
import { Joiner } from '../../trace/join/join.ts';
import type { JoinOptions } from '../../trace/join/joined-trace.ts';
import type { JoinedBlock, MachineFile } from './joined-block.ts';
import { namedDevices } from './names.ts';
import { readMachineRecords } from './read-records.ts';
import { joinStamps, stampedMachine } from './read-stamps.ts';

const NOTHING = { namespaces: [], tasks: [], devices: [] };

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
    const tsc = tscOf({ context, files });
    const joined = joiner.finish(tsc === null ? new Map() : new Map([['guest', tsc]]));
    return { block, context, files, joined, unused: whyUnused(run, block, files) };
  } catch (error) {
    if (!(error instanceof HoplabError || (error instanceof Error && 'code' in error))) throw error;
    return { block, context, files, joined: null, unused: reasonOf(error) };
  }
}

/** What the block has of the counters of both machines; null = of one not. */
function tscOf({ context, files }: Pick<JoinedBlock, 'context' | 'files'>): TscSource | null {
  const scale = context?.tsc;
  const [host, guest] = (['host', 'guest'] as const).map((machine) => {
    const state = files.find((file) => file.machine === machine)?.state;
    const [start, end] = [state?.header.tsc, state?.trailer?.tsc];
    return start === undefined || end === undefined ? null : { start, end };
  });
  if (scale === undefined || 'without' in scale || host == null || guest == null) return null;
  return { scale, host, guest };
}

/** Why a KVM guest's clock was not joined by its counter; null = it was, or there is no KVM. */
export function whyNoTsc(block: JoinedBlock): string | null {
  const tsc = block.context?.tsc;
  if (tsc === undefined || tscOf(block) !== null) return null;
  return 'without' in tsc ? tsc.without : 'not both tracers wrote the counter before and behind their records';
}

function joinOptions(
  plan: Run['plan'],
  { block, probe, context }: { readonly block: Block; readonly probe: ProbeSpec; readonly context: TraceContext },
): JoinOptions {
  const ports = block.paths.map((name, index): [number, number] => [
    plan?.paths.find((path) => path.name === name)?.port ?? 0,
    index,
  ]);
  const guestSends =
    !towardsGuest(probe.direction) &&
    context.machines.some(({ machine, without }) => machine === 'guest' && without === null);
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
    client: guestSends ? 'guest' : 'host',
    names: namesOf({ plan }, context),
  };
}

/** Names for what the records of a block know by number. */
export function namesOf({ plan }: Pick<Run, 'plan'>, context: TraceContext): JoinOptions['names'] {
  const names = (machine: TracedMachine): JoinOptions['names']['host'] => {
    const found = context.machines.find((each) => each.machine === machine);
    if (found === undefined) return NOTHING;
    const { namespaces, tasks } = found;
    // The prober's server starts a thread for each connection; its client starts none.
    const prober = ['server', 'client'].find((name) => tasks.some((task) => task.name === name));
    const other = prober === undefined ? {} : { otherTask: prober };
    return { namespaces, tasks, ...other, devices: namedDevices(found, { namespaces, paths: plan?.paths ?? [] }) };
  };
  return { host: names('host'), guest: names('guest') };
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
