// SPDX-License-Identifier: GPL-2.0-only
/** Names for what the records of a trace know by number, the same for every path: a wire is a wire on all of them. */
import { crossesWire, type Direction, GUEST, HOST2, towardsGuest } from '../../model/place.ts';
import type { Hop } from '../../model/plan.ts';
import type { ExpectedStep } from '../../model/trace-breakdown.ts';
import type { TracedMachineContext } from '../../model/trace-context.ts';
import type { TracedDevice, TracedNamespace } from '../../model/trace-file.ts';
import type { TraceSide } from '../../model/trace-timelines.ts';
import { isGuestMachine, machineOfPlace, type TracedMachine } from '../../model/traced-machine.ts';
import type { RecordedPlan } from '../../run-store/schemas.ts';
import { TRACE_POINTS } from '../../trace/records/points.ts';

/** Of a path, what its steps are expected by. */
interface PathOfHops {
  readonly backendPlan: { readonly hops: RecordedPath['backendPlan']['hops'] };
}

type RecordedPath = RecordedPlan['paths'][number];

/** Hops whose names say their place too, which a step has already. */
const SHORT: Readonly<Record<string, string>> = {
  'guest NIC': 'NIC',
  'wire, near end': 'wire',
  'wire, far end': 'wire',
  'bridge, tap side': 'tap',
  'bridge, wire side': 'wire',
};

/** The interfaces of one machine, each under the name of its hop. */
export function namedDevices(
  { machine, devices }: TracedMachineContext,
  { namespaces, paths }: { readonly namespaces: readonly TracedNamespace[]; readonly paths: readonly RecordedPath[] },
): TracedDevice[] {
  return devices.map(({ place, ifindex, name }) => ({
    inode: namespaces.find((namespace) => namespace.name === place)?.inode ?? 0,
    ifindex,
    name: isGuestMachine(machine) ? (name === 'lo' ? 'lo' : 'NIC') : hopName(place, name, paths),
  }));
}

function hopName(place: string, device: string, paths: readonly RecordedPath[]): string {
  for (const { name: path, backendPlan } of paths) {
    const hop = backendPlan.hops.find((each) => each.where === place && each.device === device);
    if (hop !== undefined) return shortName(hop.name);
    // What several paths have alike is called alike: x0-tap and x0-other are both x0.
    if (device.endsWith(`-${path}`)) return device.slice(0, -path.length - 1);
  }
  return device;
}

function shortName(hop: string): string {
  return SHORT[hop] ?? hop;
}

interface ExpectedIn {
  /** "host dev_xmit": points by their machine. */
  readonly attached: ReadonlySet<string>;
  readonly machines: readonly TracedMachine[];
  readonly direction: Direction;
}

/** What a path's hops declare, as the steps of a transaction that would have to be seen. */
export function expectedSteps(
  { backendPlan }: PathOfHops,
  { attached, machines, direction }: ExpectedIn,
): ExpectedStep[] {
  const machineOf = ({ where }: RecordedHop) => machineOfPlace(where === 'vmm' ? HOST2 : where, machines);
  const of = (hop: RecordedHop, points: readonly string[], side: TraceSide): ExpectedStep[] =>
    points
      .filter((point) => CHAIN.has(point) && attached.has(`${machineOf(hop)} ${point}`))
      .map((point) => stepOf(hop, machineOf(hop), { point, side }));
  const toGuestFirst = towardsGuest(direction);
  // The way to host2 leaves that to host1 behind the VMM, at another place for each backend.
  const hops = backendPlan.hops.filter(({ where }) => crossesWire(direction) || where === GUEST || where === 'vmm');
  const [out, back]: [TraceSide, TraceSide] = toGuestFirst ? ['response', 'request'] : ['request', 'response'];
  const there = hops.flatMap((hop) => of(hop, hop.points?.toHost1 ?? [], out));
  const home = hops.toReversed().flatMap((hop) => of(hop, hop.points?.toGuest ?? [], back));
  return toGuestFirst ? [...home, ...there] : [...there, ...home];
}

/** The others run beside a packet's way, and are never part of it. */
const CHAIN = new Set(TRACE_POINTS.filter(({ role }) => role === 'chain').map(({ name }) => name));

type RecordedHop = Pick<Hop, 'name' | 'where' | 'device' | 'devices'>;

/** Points of tasks, which may have no packet: which side they are of is not for the plan to say. */
const OF_TASKS = new Set([
  ...['waking', 'switch_in', 'kick', 'send_enter', 'recv_exit'],
  ...['vmm_in', 'vmm_out', 'sock_send', 'guest_irq'],
]);

function stepOf(
  hop: RecordedHop,
  machine: TracedMachine,
  { point, side }: { readonly point: string; readonly side: TraceSide },
): ExpectedStep {
  // What lies in a socket is in a namespace, and at no device.
  if (point === 'data_ready') return { point, machine, place: hop.where === 'vmm' ? HOST2 : hop.where, side };
  if (OF_TASKS.has(point)) return { point, machine };
  // Of several devices it may be any.
  if (hop.devices !== undefined) return { point, machine, place: hop.where, side };
  return { point, machine, place: hop.where, device: shortName(hop.name), side };
}
