// SPDX-License-Identifier: GPL-2.0-only
/** Gives every distinct step a small number, in a few nanoseconds a record. */
import type { TracedDevice, TracedNamespace, TracedTask } from '../../model/trace-file.ts';
import type { TraceSide, TraceStep } from '../../model/trace-timelines.ts';
import type { TracedMachine } from '../../model/traced-machine.ts';
import { pointName } from '../records/points.ts';

/** Names of what records know by number, on one machine. */
export interface MachineNames {
  readonly namespaces: readonly TracedNamespace[];
  readonly tasks: readonly TracedTask[];
  readonly devices: readonly TracedDevice[];
  /** Owner of a task that is not listed, since it was started during the trace; absent = its number is its name. */
  readonly otherTask?: string;
}

/** Numbers are their own names. */
export const NAMELESS: MachineNames = { namespaces: [], tasks: [], devices: [] };

export const SIDES = ['task', 'request', 'response'] as const satisfies readonly TraceSide[];

const SLOTS = 4096;

/** A step as a record has it. `netns` and `ifindex` of an event without a packet are 0 and the task. */
export interface RawStep {
  /** Its number among the machines of the trace. */
  readonly machine: number;
  readonly point: number;
  readonly side: number;
  readonly netns: number;
  readonly ifindex: number;
}

/** A machine of a trace, with its names. */
export interface NamedMachine {
  readonly machine: TracedMachine;
  readonly names: MachineNames;
}

export class StepTable {
  readonly steps: TraceStep[] = [];
  readonly #machines: readonly NamedMachine[];
  readonly #byLabel = new Map<string, number>();
  /** A direct-mapped cache; what it has no room for is looked up by label. */
  readonly #what = new Int32Array(SLOTS).fill(-1);
  readonly #netns = new Uint32Array(SLOTS);
  readonly #ifindex = new Uint32Array(SLOTS);
  readonly #step = new Uint16Array(SLOTS);

  /** By number, at most 16. */
  constructor(machines: readonly NamedMachine[]) {
    if (machines.length > 1 << MACHINE_BITS) throw new RangeError(`a trace of ${machines.length} machines`);
    this.#machines = machines;
  }

  /** The number of a step; `what` is its point, side and machine as `packWhat` has them. */
  intern(what: number, netns: number, ifindex: number): number {
    const slot = (Math.imul(netns, 0x9e3779b1) ^ Math.imul(ifindex, 0x85ebca6b) ^ Math.imul(what, 0xc2b2ae35)) >>> 20;
    if (this.#what[slot] === what && this.#netns[slot] === netns && this.#ifindex[slot] === ifindex)
      return this.#step[slot] ?? 0;
    const step = this.#add(unpackWhat(what, netns, ifindex));
    this.#what[slot] = what;
    this.#netns[slot] = netns;
    this.#ifindex[slot] = ifindex;
    this.#step[slot] = step;
    return step;
  }

  #add({ machine: at, point, side, netns, ifindex }: RawStep): number {
    const of = this.#machines[at];
    if (of === undefined) throw new RangeError(`machine ${at} of a trace of ${this.#machines.length}`);
    const { machine, names } = of;
    const task = SIDES[side] === 'task';
    const step: TraceStep = {
      machine,
      point: pointName(point),
      side: SIDES[side] ?? 'task',
      place: task
        ? (names.tasks.find(({ tid }) => tid === ifindex)?.name ?? names.otherTask ?? `task ${ifindex}`)
        : (names.namespaces.find(({ inode }) => inode === netns)?.name ?? (netns === 0 ? '' : `netns ${netns}`)),
      device: task || ifindex === 0 ? '' : deviceName(names, netns, ifindex),
    };
    const label = stepLabel(step);
    const known = this.#byLabel.get(label);
    if (known !== undefined) return known;
    if (this.steps.length === MOST_STEPS) return MOST_STEPS - 1;
    this.#byLabel.set(label, this.steps.length);
    return this.steps.push(step) - 1;
  }
}

/** Records of noise may name any number of places; a path has a few dozen steps. */
const MOST_STEPS = 0x8000;

function deviceName({ devices }: MachineNames, netns: number, ifindex: number): string {
  const named = devices.find((device) => device.ifindex === ifindex && (device.inode === netns || netns === 0));
  return named?.name ?? `if${ifindex}`;
}

const MACHINE_BITS = 4;
const SIDE_BITS = 2;

export function packWhat(point: number, side: number, machine: number): number {
  return (((point << SIDE_BITS) | side) << MACHINE_BITS) | machine;
}

function unpackWhat(what: number, netns: number, ifindex: number): RawStep {
  const machine = what & ((1 << MACHINE_BITS) - 1);
  const side = (what >>> MACHINE_BITS) & ((1 << SIDE_BITS) - 1);
  return { machine, point: what >>> (MACHINE_BITS + SIDE_BITS), side, netns, ifindex };
}

/** Tells steps apart; also how a reader sees one: "host host2 tap0 dev_xmit request". */
export function stepLabel({ machine, place, device, point, side }: TraceStep): string {
  return [machine, place, device, point, side].filter((word) => word !== '').join(' ');
}
