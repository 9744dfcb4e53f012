// SPDX-License-Identifier: GPL-2.0-only
/** The machine of a run as rows of a name and a value, so that those of several runs can stand beside each other. */
import type { DeviceState, Environment, GuestEnvironment } from '../../model/environment.ts';
import { GUEST } from '../../model/place.ts';
import { vmmRecorded } from '../../vmms/index.ts';
import { firstGuest, guestsByName } from './guests-recorded.ts';
import { kvmFacts } from './kvm-facts.ts';

export interface EnvironmentRow {
  /** "kernel", "guest", the VMM's name, ... */
  readonly group: string;
  /** Shown at once, on asking, or rarely asked for and not printed: offloads of twenty devices are pages. */
  readonly fold: 'open' | 'shut' | 'minor';
  readonly name: string;
  /** "" = there is none. */
  readonly value: string;
}

/** Everything but what differs from run to run by itself: the boot, load and stolen time have a group of their own. */
export function environmentRows(environment: Environment): EnvironmentRow[] {
  const { kernel, cpu, before, after } = environment;
  return [
    ...rows('machine', 'open', {
      host: environment.hostname,
      OS: environment.os,
      CPU: cpu.model,
      'CPUs online': cpu.online,
      'CPUs isolated': cpu.isolated,
      governor: cpu.governor,
      SMT: cpu.smt,
      'memory, MiB': environment.memoryMiB,
      clocksource: environment.clocksource,
      'runs on': environment.hypervisor,
      ...(environment.hugePages === undefined ? {} : { 'huge pages': environment.hugePages }),
      ...(environment.deadlines === undefined ? {} : { deadlines: `x${environment.deadlines}` }),
      ...(environment.rtThrottling === undefined ? {} : { 'real-time tasks': environment.rtThrottling }),
    }),
    ...rows('KVM', 'shut', kvmFacts(environment) ?? {}),
    ...rows('kernel', 'shut', { release: kernel.release, version: kernel.version, 'command line': kernel.commandLine }),
    ...rows('modules', 'shut', { 'vhost-net': vhostNet(environment), ...environment.modules }),
    ...guestsByName(environment).flatMap(guestRows),
    ...rows('tools', 'minor', { node: environment.node, ...environment.tools }),
    ...environment.devices.flatMap(deviceRows),
    ...rows(PASSING_GROUP, 'minor', {
      'load before': before.load1,
      'load after': after?.load1 ?? null,
      'steal during the run': after === null ? null : stealShare(before, after),
      'guest booted in, ms': firstGuest(environment)?.bootMs ?? null,
      'boot id': environment.bootId,
      ...vhostNames(environment),
    }),
  ];
}

/** Their names hold the number of a process. */
function vhostNames(environment: Environment): Readonly<Record<string, unknown>> {
  const threads = firstGuest(environment)?.threads ?? [];
  const names = threads.filter(({ role }) => role === 'vhost').map(({ name }) => name);
  return names.length === 0 ? {} : { 'vhost workers': names };
}

function vhostNet({ vhostNet: there, vhostWhy }: Environment): boolean | string {
  return there || vhostWhy === undefined ? there : `no: this machine ${vhostWhy}`;
}

/** Groups that differ from run to run by themselves: a difference there is nothing to point at. */
export const PASSING_GROUP = 'at the time';

/** Of the VMM and of its guest; `name` is "" for the first guest. */
function guestRows([name, guest]: [string, GuestEnvironment]): EnvironmentRow[] {
  const { vmm } = guest;
  const of = name === '' ? '' : ` of ${name}`;
  return [
    ...rows(`${vmmRecorded(vmm.kind).name}${of}`, 'shut', { version: vmm.version, arguments: vmm.argv.join(' ') }),
    ...rows(`threads${of}`, 'shut', threadStates(guest)),
    ...rows(name === '' ? GUEST : name, 'open', {
      accelerator: guest.accel,
      'why not KVM': guest.accelReason,
      kernel: guest.kernel,
      'command line': guest.commandLine,
      ...(guest.cpuWithout === undefined ? {} : { 'CPU without': guest.cpuWithout }),
      CPUs: guest.cpus,
      'memory, MiB': guest.memoryMiB,
      clocksource: guest.clocksource,
    }),
  ];
}

/** By role; threads of one role mostly have the same. */
function threadStates({ threads = [] }: GuestEnvironment): Readonly<Record<string, unknown>> {
  const states = new Map<string, Set<string>>();
  for (const { role, scheduling, cpus } of threads) {
    const of = states.get(role) ?? new Set();
    states.set(role, of.add(`${scheduling} on CPU ${cpus}`));
  }
  return Object.fromEntries([...states].map(([role, each]) => [role, [...each]]));
}

function deviceRows({ where, device, path, mtu, driver, offloads }: DeviceState): EnvironmentRow[] {
  // A guest numbers its NICs by their order, which says nothing.
  const group = where === 'guest' ? `${path}: NIC (guest)` : `${path}: ${device} (${where})`;
  const named = (on: boolean): string =>
    Object.keys(offloads)
      .filter((name) => offloads[name] === on)
      .sort()
      .join(', ');
  return rows(group, 'minor', { driver, MTU: mtu, 'offloads on': named(true), 'offloads off': named(false) });
}

function rows(
  group: string,
  fold: EnvironmentRow['fold'],
  entries: Readonly<Record<string, unknown>>,
): EnvironmentRow[] {
  return Object.entries(entries).map(([name, value]) => ({ group, fold, name, value: valueText(value) }));
}

type Load = Environment['before'];

function stealShare(before: Load, after: Load): string {
  const total = after.totalTicks - before.totalTicks;
  return total > 0 ? `${((100 * (after.stealTicks - before.stealTicks)) / total).toFixed(2)} %` : '';
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return Array.isArray(value) ? value.join(', ') : String(value);
}
