// SPDX-License-Identifier: GPL-2.0-only
/** The two hosts, as commands of the machines that they are on. */
import { machineKindOf } from '../../machines/index.ts';
import type { Knowledge, MachineKind, MachineOptions } from '../../machines/machine.ts';
import { HOST1, HOST2, HOSTS, type Host, isPlace, type Where } from '../../model/place.ts';
import type { PlannedMachines, Step } from '../../model/plan.ts';

/** The kind of machine at a place, and what it is told; guests run on that of host2. */
export function kindAt(machines: PlannedMachines, where: Where): { kind: MachineKind; options: MachineOptions } {
  const place = isPlace(where) ? where : where.of;
  const { kind, options } = machines[place === HOST1 ? HOST1 : HOST2];
  return { kind: machineKindOf(kind), options };
}

/** What a host's machine knows; by default that which runs the guests and the backends. */
export function knowledgeOf(machines: PlannedMachines, host: Host = HOST2): Knowledge {
  const { kind, options } = kindAt(machines, host);
  return kind.knows(options);
}

/** Both hosts. */
export function planHosts(machines: PlannedMachines): Step[] {
  return HOSTS.flatMap((host) => kindAt(machines, host).kind.place(host));
}
