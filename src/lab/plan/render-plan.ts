/** A plan as text: the exact commands, in the order in which `run` would run them. Pure. */

import type { PathPlan, Plan, PlannedBlock, Step } from '../../model/plan.ts';
import { showArgv } from '../../system/show-argv.ts';
import { nicDevice } from '../../vmms/qemu/hotplug.ts';
import { planWire } from './host-steps.ts';
import { inHost } from './in-host.ts';
import { nicPlug } from './nic-plug.ts';

export interface RenderedGuest {
  /** QEMU's argv; null while the guest's kernel is not there. */
  readonly argv: readonly string[] | null;
  /** Said instead of the argv. */
  readonly missing: string;
}

/** Commands stand at the start of a line; everything else is a comment, so that the text can be read by a shell. */
export function renderPlan(plan: Plan, guest: RenderedGuest): string {
  const { placement } = plan;
  const scheduling = placement.fifoPriority === 0 ? 'plain scheduling' : `SCHED_FIFO ${placement.fifoPriority}`;
  return `${[
    `# lab ${plan.spec.name}: ${plan.paths.length} paths, ${plan.guests} guest${plan.guests === 1 ? '' : 's'}, ${plan.blocks.length} blocks, seed ${plan.spec.seed}`,
    `# everything runs in pid, mount, network and IPC namespaces of its own; /run there is a tmpfs`,
    `# vCPU and clients on CPU ${placement.guestCpu}; QEMU, servers and services on CPU ${placement.hostCpu}; ${scheduling}`,
    '',
    '# hosts',
    ...plan.hostSteps.map(showStep),
    ...plan.paths.flatMap(renderPath),
    ...(plan.guests === 0 ? [] : renderGuest(plan, guest)),
    '',
    '# blocks',
    ...plan.blocks.map(renderBlock),
    ...plan.unavailable.flatMap(({ path, reason, hint }) => [
      '',
      `# left out: ${path}: ${reason}`,
      `#   to get it: ${hint}`,
    ]),
  ].join('\n')}\n`;
}

function renderPath(path: PathPlan): string[] {
  const { backendPlan } = path;
  const { openDevice } = backendPlan;
  return [
    '',
    `# path ${path.name} (${path.backend}${path.twinOf === null ? '' : `, twin of ${path.twinOf}`})`,
    ...backendPlan.notes.map((note) => `# ${note}`),
    ...planWire(path.wire).map(showStep),
    ...backendPlan.steps.map(showStep),
    ...(openDevice === null
      ? []
      : [
          `# mknod ${openDevice.node} c MAJOR MINOR, from /sys/class/net/${openDevice.device}/tap*/dev in ${openDevice.host}; open for QEMU as descriptor ${openDevice.fd}`,
        ]),
    ...backendPlan.services.flatMap(({ host, argv, whenReady = [] }) => [
      `ip netns exec ${host} ${showArgv(argv)} &`,
      ...whenReady.map(showStep),
    ]),
    ...(path.commands ?? []).map((command) => showArgv(inHost(command))),
  ];
}

function renderGuest(plan: Plan, { argv, missing }: RenderedGuest): string[] {
  const nics = plan.paths.filter(({ backendPlan }) => backendPlan.netdev !== null);
  return [
    '',
    '# guest: booted without NICs; netdevs and NICs are added over QMP',
    argv === null ? `# ${missing}` : `ip netns exec host2 ${showArgv(argv)} &`,
    ...nics.map(({ name, backendPlan }) => `# QMP netdev_add ${JSON.stringify({ id: name, ...backendPlan.netdev })}`),
    ...nics.map((path, slot) => `# QMP device_add ${JSON.stringify(nicDevice(nicPlug(path, slot)))}`),
  ];
}

function renderBlock(block: PlannedBlock): string {
  const { probe } = block;
  const pace = probe.paceNs === 0 ? 'back to back' : `every ${probe.paceNs / 1e6} ms`;
  const plugged =
    block.slots.length === 0 ? '' : `; slots ${block.slots.join(' ')}${block.freshPlug ? ', plugged anew' : ''}`;
  return `# ${block.id}: ${probe.protocol} ${probe.requestBytes}/${probe.responseBytes} B ${probe.direction} ${pace}; ${block.count} transactions a path after ${block.warmup}; rotating ${block.paths.join(' ')}${plugged}${block.guest === 0 ? '' : `; guest ${block.guest}`}`;
}

function showStep(step: Step): string {
  return showArgv(step.do);
}
