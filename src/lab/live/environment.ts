// SPDX-License-Identifier: GPL-2.0-only
/** The parts of a run's environment that only a live lab knows: the VMM, the guest, the devices of every path. */

import type { DeviceState, Environment, GuestEnvironment } from '../../model/environment.ts';
import type { GuestSpec } from '../../model/lab-spec.ts';
import type { Host } from '../../model/place.ts';
import type { PathPlan } from '../../model/plan.ts';
import { type HostEnvironment, readOffloads } from '../../system/facts.ts';
import type { LiveGuest } from './live-guest.ts';
import { type Lab, runAt } from './open.ts';

/** What is known before a guest is booted, and all that a lab without one has. */
export function beforeGuest(environment: HostEnvironment): Environment {
  return { ...environment, guests: {}, devices: [], after: null };
}

export async function describeGuest(
  { guest, scheduled }: Pick<LiveGuest, 'guest' | 'scheduled'>,
  { why, spec, signal }: { readonly why: string | null; readonly spec: GuestSpec; readonly signal: AbortSignal },
): Promise<GuestEnvironment> {
  const { hello } = guest;
  const reason = why ?? (spec.accel === 'tcg' ? 'chosen by the user' : null);
  return {
    vmm: { kind: guest.vmm.kind, version: await guest.connection.version(signal), argv: guest.argv },
    kernel: hello.release,
    commandLine: hello.cmdline,
    accel: guest.accel,
    accelReason: guest.accel === 'kvm' ? null : reason,
    cpus: spec.cpus,
    memoryMiB: spec.memoryMiB,
    clocksource: hello.clocksource,
    bootMs: Math.round(guest.bootMs),
    threads: scheduled.threads,
    ...(guest.cpuWithout.length === 0 ? {} : { cpuWithout: guest.cpuWithout }),
  };
}

/** Every device that a proof of path names, and the guests' NICs, with its offload switches. */
export async function readDevices(lab: Lab, signal: AbortSignal): Promise<DeviceState[]> {
  const paths = lab.plan.paths.filter(({ name }) => lab.attached.has(name));
  const inHosts = await Promise.all(paths.flatMap((path) => devicesOf(path).map((at) => readDevice(lab, at, signal))));
  const inGuests = await Promise.all(
    [...lab.guests].flatMap(([where, { guest, nics }]) =>
      nics.map(async ({ path, device }): Promise<DeviceState> => {
        const { driver, bus: _, ...offloads } = await guest.agent.features(device, { signal });
        return { where, device, path, mtu: null, driver, offloads };
      }),
    ),
  );
  return [...inHosts, ...inGuests];
}

interface DeviceAt {
  readonly path: string;
  readonly host: Host;
  readonly device: string;
}

function devicesOf({ name, backendPlan }: PathPlan): DeviceAt[] {
  const points = Object.values(backendPlan.proof).flat();
  const seen = new Map(points.map(({ host, device }) => [`${host} ${device}`, { path: name, host, device }]));
  return [...seen.values()].filter(({ device }) => device !== 'lo');
}

async function readDevice(lab: Lab, { path, host, device }: DeviceAt, signal: AbortSignal): Promise<DeviceState> {
  const look = (argv: readonly string[]) => runAt(lab, host, argv, signal);
  // A machine without ethtool is measured all the same: its report lacks the offloads.
  const offloads = await readOffloads(look, device).catch(() => ({}));
  // A device that is gone with its daemon is that path's failure, not this block's.
  const shown = await look(['ip', '-j', '-d', 'link', 'show', device]).catch(() => '[]');
  const links: unknown = JSON.parse(shown);
  const [link] = Array.isArray(links) ? links : [];
  const { mtu, linkinfo } = (link ?? {}) as { mtu?: unknown; linkinfo?: { info_kind?: unknown } };
  return {
    where: host,
    device,
    path,
    mtu: typeof mtu === 'number' ? mtu : null,
    driver: typeof linkinfo?.info_kind === 'string' ? linkinfo.info_kind : null,
    offloads,
  };
}
