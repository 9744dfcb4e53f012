// SPDX-License-Identifier: GPL-2.0-only
/** The machine of a run as rows of a name and a value, so that those of several runs can stand beside each other. */
import type { DeviceState, Environment } from '../../model/environment.ts';

export interface EnvironmentRow {
  /** "kernel", "guest", "QEMU", ... */
  readonly group: string;
  readonly name: string;
  /** "" = there is none. */
  readonly value: string;
}

/** Everything but what differs from run to run by itself: the boot, load and stolen time have a group of their own. */
export function environmentRows(environment: Environment): EnvironmentRow[] {
  const { kernel, cpu, guest, qemu, before, after } = environment;
  const rows = (group: string, entries: Readonly<Record<string, unknown>>): EnvironmentRow[] =>
    Object.entries(entries).map(([name, value]) => ({ group, name, value: valueText(value) }));
  return [
    ...rows('machine', {
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
    }),
    ...rows('kernel', { release: kernel.release, version: kernel.version, 'command line': kernel.commandLine }),
    ...rows('modules', { 'vhost-net': environment.vhostNet, ...environment.modules }),
    ...rows('QEMU', qemu === null ? {} : { version: qemu.version, arguments: qemu.argv.join(' ') }),
    ...rows(
      'guest',
      guest === null
        ? {}
        : {
            accelerator: guest.accel,
            'why not KVM': guest.accelReason,
            kernel: guest.kernel,
            'command line': guest.commandLine,
            CPUs: guest.cpus,
            'memory, MiB': guest.memoryMiB,
            clocksource: guest.clocksource,
          },
    ),
    ...rows('tools', { node: environment.node, ...environment.tools }),
    ...environment.devices.flatMap(deviceRows),
    ...rows('at the time', {
      'load before': before.load1,
      'load after': after?.load1 ?? null,
      'steal during the run': after === null ? null : stealShare(before, after),
      'guest booted in, ms': guest?.bootMs ?? null,
      'boot id': environment.bootId,
    }),
  ];
}

/** Groups that differ from run to run by themselves: a difference there is nothing to point at. */
export const PASSING_GROUP = 'at the time';

function deviceRows({ where, device, path, mtu, driver, offloads }: DeviceState): EnvironmentRow[] {
  // A guest numbers its NICs by their order, which says nothing.
  const group = where === 'guest' ? `${path}: NIC (guest)` : `${path}: ${device} (${where})`;
  const named = (on: boolean): string =>
    Object.keys(offloads)
      .filter((name) => offloads[name] === on)
      .sort()
      .join(', ');
  return [
    { group, name: 'driver', value: driver ?? '' },
    { group, name: 'MTU', value: mtu === null ? '' : String(mtu) },
    { group, name: 'offloads on', value: named(true) },
    { group, name: 'offloads off', value: named(false) },
  ];
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
