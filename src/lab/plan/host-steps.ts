// SPDX-License-Identifier: GPL-2.0-only
/** The two hosts, as commands of the machines that they are on. */
import { machineKindOf } from '../../machines/index.ts';
import type { Knowledge, MachineKind } from '../../machines/machine.ts';
import { HOST1, HOST2, HOSTS, isPlace, type Where } from '../../model/place.ts';
import type { MachineKinds, Step } from '../../model/plan.ts';

/** The kind of machine at a place; guests run on that of host2. */
export function kindAt(machines: MachineKinds, where: Where): MachineKind {
  const place = isPlace(where) ? where : where.of;
  return machineKindOf(machines[place === HOST1 ? HOST1 : HOST2]);
}

/** What the machine knows that runs the guests and the backends. */
export function knowledgeOf(machines: MachineKinds): Knowledge {
  return kindAt(machines, HOST2).knows;
}

/** Both hosts. */
export function planHosts(machines: MachineKinds): Step[] {
  return HOSTS.flatMap((host) => kindAt(machines, host).place(host));
}
