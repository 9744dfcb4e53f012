// SPDX-License-Identifier: GPL-2.0-only
/** A plan as text: the exact commands, in the order in which `run` would run them. Pure. */

import type { OpenDevice } from '../../model/attachment.ts';
import { HOST2, type Where } from '../../model/place.ts';
import {
  hasGuest,
  type PathPlan,
  type Plan,
  type PlannedBlock,
  type PlannedMachines,
  type Step,
} from '../../model/plan.ts';
import { deadlineFactor } from '../../system/deadline.ts';
import { showArgv } from '../../system/show-argv.ts';
import { vmmOf } from '../../vmms/index.ts';
import type { Vmm } from '../../vmms/vmm.ts';
import { wireOf } from '../../wires/index.ts';
import { blockName } from '../../words/block-name.ts';
import { formatAbout, formatDuration, formatMargin } from '../../words/format.ts';
import { estimatePlan } from './estimate.ts';
import { kindAt } from './host-steps.ts';
import { mostAdded } from './more-draws.ts';
import { pathNic } from './path-nic.ts';

export interface RenderedGuest {
  /** The VMM's argv; null while the guest's kernel is not there. */
  readonly argv: readonly string[] | null;
  /** Said instead of the argv. */
  readonly missing: string;
  /** Whether its CPU will be: what it takes follows from that. */
  readonly emulated: boolean;
}

/** Commands stand at the start of a line; everything else is a comment, so that the text can be read by a shell. */
export function renderPlan(plan: Plan, guest: RenderedGuest): string {
  const { placement, machines } = plan;
  const vmm = vmmOf(plan.spec.guest.vmm);
  const scheduling = placement.fifoPriority === 0 ? 'plain scheduling' : `SCHED_FIFO ${placement.fifoPriority}`;
  const time = estimatePlan(plan, guest);
  return `${[
    `# lab ${plan.spec.name}: ${plan.paths.length} paths, ${plan.guests} guest${plan.guests === 1 ? '' : 's'}, ${plan.blocks.length} blocks, seed ${plan.spec.seed}`,
    `# takes ${formatAbout(time.ms)}: ${time.assumes}; what fails or is slow adds to it`,
    `# everything runs in pid, mount, network and IPC namespaces of its own; /run there is a tmpfs`,
    `# vCPU and clients on CPU ${placement.guestCpu}; ${vmm.name}, servers and services on CPU ${placement.hostCpu}; ${scheduling}`,
    ...(deadlineFactor() === 1 ? [] : [`# every deadline is ${deadlineFactor()} times as long as usual`]),
    '',
    '# hosts',
    ...plan.hostSteps.map((step) => showStep(step, machines)),
    ...plan.paths.flatMap((path) => renderPath(path, { vmm, machines })),
    ...(plan.guests === 0 ? [] : renderGuest(plan, guest, vmm)),
    '',
    '# blocks',
    ...plan.blocks.map((block) => renderBlock(block, plan)),
    ...renderUntil(plan, time.mostMs),
    ...plan.unavailable.flatMap(({ path, reason, hint }) => [
      '',
      `# left out: ${path}: ${reason}`,
      `#   to get it: ${hint}`,
    ]),
  ].join('\n')}\n`;
}

function renderPath(
  path: PathPlan,
  { vmm, machines }: { readonly vmm: Vmm; readonly machines: PlannedMachines },
): string[] {
  const show = (step: Step) => showStep(step, machines);
  const { backendPlan } = path;
  const { attachment } = backendPlan;
  return [
    '',
    `# path ${path.name} (${path.backend}${path.twinOf === null ? '' : `, twin of ${path.twinOf}`})`,
    ...backendPlan.notes.map((note) => `# ${note}`),
    ...(backendPlan.ownCable ? [] : [...borrowed(path.wire), ...wireOf(path.wire.kind).plan(path.wire).map(show)]),
    ...backendPlan.steps.map(show),
    ...(attachment.kind === 'descriptor' ? [showNode(attachment.open, vmm)] : []),
    ...backendPlan.services.flatMap(({ host, argv, whenReady = [] }) => [
      `${showAt(host, argv, machines)} &`,
      ...whenReady.map(show),
    ]),
    ...(path.commands ?? []).map((command) => showAt(command.on, command.run, machines, true)),
  ];
}

/** What is done for it depends on what the interface is then: see src/machines/borrow. */
function borrowed(wire: PathPlan['wire']): string[] {
  const loans = wireOf(wire.kind).borrows?.(wire) ?? [];
  return loans.map(
    ({ place, device, as }) =>
      `# ${device} of the machine of ${place} becomes ${as} in ${place}, and is given back as it was`,
  );
}

function showNode({ node, host, device, fd }: OpenDevice, vmm: Vmm): string {
  return `# mknod ${node} c MAJOR MINOR, from /sys/class/net/${device}/tap*/dev in ${host}; open for ${vmm.name} as descriptor ${fd}`;
}

function renderGuest(plan: Plan, { argv, missing }: RenderedGuest, vmm: Vmm): string[] {
  const [heading = '', ...nics] = vmm.show(plan.paths.filter(hasGuest).map(pathNic));
  return [
    '',
    `# ${heading}`,
    argv === null ? `# ${missing}` : `${showAt(HOST2, argv, plan.machines)} &`,
    ...nics.map((line) => `# ${line}`),
  ];
}

function renderBlock(block: PlannedBlock, plan: Plan): string {
  const { probe } = block;
  const pace = probe.paceNs === 0 ? 'back to back' : `every ${probe.paceNs / 1e6} ms`;
  const plugged =
    block.slots.length === 0 ? '' : `; slots ${block.slots.join(' ')}${block.freshPlug ? ', plugged anew' : ''}`;
  const { durationNs } = probe;
  const limit = durationNs === null ? '' : `, or as many as fit into ${formatDuration(durationNs)},`;
  return `# ${blockName(block, plan)}: ${probe.protocol} ${probe.requestBytes}/${probe.responseBytes} B ${probe.direction} ${pace}; ${block.count} transactions a path${limit} after ${block.warmup}; rotating ${block.paths.join(' ')}${plugged}${block.guest === 0 ? '' : `; guest ${block.guest}`}`;
}

/** The most that it may come to. */
function renderUntil(plan: Plan, mostMs: number): string[] {
  const { until } = plan.spec.comparison;
  const added = mostAdded(plan);
  if (until === undefined || added.length === 0) return [];
  const { maxDraws, maxTimeNs } = until;
  const goal = formatMargin({ marginRelative: until.halfWidth });
  const limit = maxTimeNs === null ? '' : `, and none begun that would end beyond ${formatDuration(maxTimeNs)}`;
  return [
    `# then more draws, in pairs, for each comparison that is open, until its interval is within +-${goal} or it is settled:`,
    `#   at most ${maxDraws} draws each, ${added.length} blocks more${limit}; the whole run at most ${formatAbout(mostMs)}`,
  ];
}

function showStep({ on, do: argv }: Step, machines: PlannedMachines): string {
  return showAt(on, argv, machines);
}

function showAt(on: Where, argv: readonly string[], machines: PlannedMachines, asTyped = false): string {
  const { kind, options } = kindAt(machines, on);
  return showArgv(kind.show(argv, { on, asTyped }, options));
}
