// SPDX-License-Identifier: GPL-2.0-only
/** The devices of a path's eBPF bridge, and the command line of its loader. */
import { GUEST_TO_HOST2, HOST2, type Host } from '../../model/place.ts';
import type { BackendPlan, PlannedService, Step, Wire, WireEnd } from '../../model/plan.ts';
import { nativeBinary } from '../../system/paths.ts';
import type { PlanContext } from '../backend.ts';
import { deviceName, deviceUp } from '../common.ts';
import type { Options } from './options.ts';

/** hoplab-bridge sees what passes on each of its ports: hops inside it, by the station that the port leads to. */
export const BRIDGE_HOPS = {
  guest: 'bridge, tap side',
  host1: 'bridge, wire side',
  host2: 'bridge, host2 side',
} as const;

export interface BridgeNames {
  readonly tap: string;
  /** The pair that makes host2 a station of the bridge: a port, and the device with host2's address. */
  readonly hostPort: string;
  readonly hostDevice: string;
  readonly socket: string;
}

export function bridgeNames(context: Pick<PlanContext, 'path' | 'index' | 'labDir'>): BridgeNames {
  return {
    tap: deviceName('t', context),
    hostPort: deviceName('p', context),
    hostDevice: deviceName('b', context),
    socket: `${context.labDir}/bridge-${context.index}.sock`,
  };
}

/** Tap, host2's pair and the wire's near end, up, with host2's address on its own device. */
export function planDevices(
  { tap, hostPort, hostDevice }: BridgeNames,
  { wire, hostEnd, mode }: { readonly wire: Wire; readonly hostEnd: WireEnd; readonly mode: Options['mode'] },
): Step[] {
  const { host1, host2, prefix } = wire;
  return [
    {
      on: HOST2,
      do: ['ip', 'tuntap', 'add', 'dev', tap, 'mode', 'tap'],
      undo: ['ip', 'link', 'del', tap],
    },
    {
      on: HOST2,
      do: [...['ip', 'link', 'add', hostDevice, 'address', hostEnd.mac], ...['type', 'veth', 'peer', 'name', hostPort]],
      undo: ['ip', 'link', 'del', hostDevice],
    },
    // A veth hands a VLAN tag over beside the frame, where XDP does not see it; a NIC on a cable has it in the frame.
    ...(mode === 'tc' ? [] : [inFrame(host1.host, host1.device), inFrame(HOST2, hostDevice)]),
    {
      on: HOST2,
      do: ['ip', 'address', 'add', `${hostEnd.address}/${prefix}`, 'dev', hostDevice],
      undo: null,
    },
    ...[hostPort, hostDevice, host2.device, tap].map(deviceUp),
  ];
}

function inFrame(host: Host, device: string): Step {
  return { on: host, do: ['ethtool', '-K', device, 'txvlan', 'off'], undo: null };
}

/** The loader: a line of its plan each, so that what is on a port can be read off the command line. */
export function planLoader({
  names,
  context: { path, wire, guestMac, observe },
  options,
}: {
  readonly names: BridgeNames;
  readonly context: PlanContext;
  readonly options: Options;
}): PlannedService {
  const { mode, checksum, vlan, wireVlan, antiSpoof, storm, fdbSize, ageing } = options;
  const port = (device: string, vlans: string, ...more: readonly string[]) =>
    [
      ...['port', device, `mode=${mode}`, `complete=${checksum === 'complete' ? 'on' : 'off'}`, `vlan=${vlans}`],
      ...more,
    ].join(' ');
  const lines = [
    `socket ${names.socket}`,
    ...(observe ? ['watch on'] : []),
    `fdb-size ${fdbSize}`,
    `ageing-ms ${ageing * 1000}`,
    port(names.tap, vlan, ...allowed(antiSpoof, guestMac), ...(storm === 0 ? [] : [`storm=${storm}`])),
    // host1's end takes redirected frames only with a program on it: the loader puts one there.
    port(wire.host2.device, wireVlan, 'peer-netns=/run/netns/host1'),
    port(names.hostPort, vlan),
  ];
  return {
    name: `hoplab-bridge-${path}`,
    host: HOST2,
    argv: [nativeBinary('bridge'), ...lines.flatMap((line) => ['--line', line])],
    readySocket: names.socket,
  };
}

function allowed(antiSpoof: Options['antiSpoof'], guestMac: string): string[] {
  if (antiSpoof === false) return [];
  return [`allow=${antiSpoof === true ? guestMac : antiSpoof.join(',')}`];
}

/** A question to the loader among a plan's services. */
export function askBridge({ services }: Pick<BackendPlan, 'services'>, ...words: readonly string[]): string[] {
  return [nativeBinary('bridge'), 'ask', services[0]?.readySocket ?? '', ...words];
}

/** The name under which the path's bridge is spoken of: host2's own device on it. */
export function bridgeOf({ proof }: Pick<BackendPlan, 'proof'>): string {
  return proof[GUEST_TO_HOST2].at(-1)?.device ?? '';
}
