// SPDX-License-Identifier: GPL-2.0-only
/** The ports and the bridge of a path's Open vSwitch, as commands. */
import { HOST2, wholeMachine } from '../../model/place.ts';
import type { Step, Wire, WireEnd } from '../../model/plan.ts';
import type { PlanContext } from '../backend.ts';
import { deviceName, deviceUp } from '../common.ts';
import { addFlow, type OvsPlace, vsctl } from './daemons.ts';

/** OpenFlow's numbers of the two ports: fixed, so that rules can be written before the switch runs. */
const TAP_PORT = 1;
const WIRE_PORT = 2;

export type Datapath = 'netdev' | 'system';

export interface OvsNames {
  readonly place: OvsPlace;
  readonly bridge: string;
  readonly tap: string;
  /** What the datapath's own device is renamed to. */
  readonly datapathDevice: string;
}

export function ovsNames(context: Pick<PlanContext, 'path' | 'index' | 'labDir'>): OvsNames {
  return {
    place: { path: context.path, dir: `${context.labDir}/ovs-${context.index}` },
    bridge: deviceName('b', context),
    tap: deviceName('t', context),
    datapathDevice: deviceName('n', context),
  };
}

/** The tap and host2's end of the wire, up and without addresses. */
export function planPorts({ tap }: OvsNames, wire: Wire): Step[] {
  const { device } = wire.host2;
  return [
    {
      on: HOST2,
      do: ['ip', 'tuntap', 'add', 'dev', tap, 'mode', 'tap'],
      undo: ['ip', 'link', 'del', tap],
    },
    {
      // The kernel's own stack sees what a netdev port sees: it must not answer ARP for the bridge's address there.
      on: HOST2,
      do: [...['sysctl', '-q', '-w'], ...[device, tap].map((port) => `net.ipv4.conf.${port}.arp_ignore=1`)],
      undo: null,
    },
    ...[device, tap].map(deviceUp),
  ];
}

export interface BridgeOptions {
  readonly names: OvsNames;
  readonly datapath: Datapath;
  /** OVS's word for the type of the wire's port. */
  readonly wireType: string;
  readonly flows: readonly string[];
  readonly wire: Wire;
  /** host2's address is on the bridge's own device. */
  readonly bridgeEnd: WireEnd;
}

/** A switch that learns (fail-mode standalone), with both ports, the rules, and host2's address on its own device. */
export function planBridge({ names, datapath, wireType, flows, wire, bridgeEnd }: BridgeOptions): Step[] {
  const { place, bridge, tap, datapathDevice } = names;
  const port = (device: string, number: number, type: string) => [
    ...['--', 'add-port', bridge, device],
    ...['--', 'set', 'interface', device, `type=${type}`, `ofport_request=${number}`],
  ];
  return [
    {
      on: wholeMachine(HOST2),
      do: vsctl(
        place,
        ...['add-br', bridge, '--', 'set', 'bridge', bridge, `datapath_type=${datapath}`, 'fail-mode=standalone'],
        ...[`other-config:hwaddr=${bridgeEnd.mac}`],
        ...port(tap, TAP_PORT, 'system'),
        ...port(wire.host2.device, WIRE_PORT, wireType),
      ),
      // Its devices outlive the daemon: taps that OVS makes persistent, or a datapath in the kernel.
      undo: vsctl(place, 'del-br', bridge),
    },
    // Every netdev datapath makes a tap of this name; a second one in the same namespace would find it taken.
    ...(datapath === 'netdev'
      ? [{ on: HOST2, do: ['ip', 'link', 'set', 'ovs-netdev', 'name', datapathDevice], undo: null }]
      : []),
    ...flows.map((flow) => ({ on: wholeMachine(HOST2), do: addFlow(place, bridge, flow), undo: null })),
    {
      on: HOST2,
      do: ['ip', 'address', 'add', `${bridgeEnd.address}/${wire.prefix}`, 'dev', bridge],
      undo: null,
    },
    { on: HOST2, do: ['ip', 'link', 'set', bridge, 'up'], undo: null },
  ];
}
