// SPDX-License-Identifier: GPL-2.0-only
/** What must be known of a lab to say whose a tracepoint's event is: tasks by role, devices by name and index. */
import { HOST1, HOST2 } from '../../model/place.ts';
import type { TracedMachine } from '../../model/traced-machine.ts';

export type TaskRole = 'client' | 'server' | 'vcpu' | 'vmm';

export interface LabView {
  readonly machine: TracedMachine;
  /** Whether it is a guest; else it runs the guests. */
  readonly inGuest: boolean;
  /** Where client and server are: in a guest, or on the machine that runs it. */
  readonly clientInGuest: boolean;
  readonly serverInGuest: boolean;
  /** Whether the request goes to host1, so that the response comes from there. */
  readonly requestToHost1: boolean;
  readonly protocol: 'tcp' | 'udp';
  /** False: every transaction has a socket of its own. */
  readonly keepsSockets: boolean;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Path of each transaction, in the order of sending: the prober's own record. */
  readonly sequence: ArrayLike<number>;
  /** Port by path. */
  readonly ports: readonly number[];
  readonly tasks: readonly { readonly tid: number; readonly name: string }[];
  readonly namespaces: readonly { readonly inode: number; readonly name: string }[];
  readonly devices: readonly { readonly place: string; readonly ifindex: number; readonly name: string }[];
}

/** The threads of a VMM's services (passt, ovs-vswitchd) do what the VMM's own does. */
export function roleOf(name: string): TaskRole {
  if (name === 'client' || name === 'server') return name;
  return name.startsWith('vcpu') ? 'vcpu' : 'vmm';
}

export interface Placed {
  readonly netns: number;
  readonly ifindex: number;
}

export type End = 'sends' | 'receives';

/** Devices of one machine. A wire has one name at both of its ends: which one it is follows from the way of the packet. */
export class DeviceTable {
  readonly #byName = new Map<string, { readonly place: string; readonly at: Placed }[]>();
  readonly #byIndex = new Map<string, Placed>();
  readonly #inode: ReadonlyMap<string, number>;

  constructor({ devices, namespaces }: Pick<LabView, 'devices' | 'namespaces'>) {
    this.#inode = new Map(namespaces.map(({ name, inode }) => [name, inode]));
    for (const { place, ifindex, name } of devices) {
      if (name === 'lo') continue;
      const at = { netns: this.#inode.get(place) ?? 0, ifindex };
      this.#byName.set(name, [...(this.#byName.get(name) ?? []), { place, at }]);
      this.#byIndex.set(`${place} ${ifindex}`, at);
    }
  }

  find(name: string, end: End, toHost1: boolean): Placed | null {
    const found = this.#byName.get(name);
    if (found === undefined) return null;
    const wanted = (end === 'sends') === toHost1 ? HOST2 : HOST1;
    return (found.find(({ place }) => place === wanted) ?? found[0])?.at ?? null;
  }

  at(place: string, ifindex: number): Placed | null {
    return this.#byIndex.get(`${place} ${ifindex}`) ?? null;
  }

  netns(place: string): number {
    return this.#inode.get(place) ?? 0;
  }
}
