// SPDX-License-Identifier: GPL-2.0-only
/** The kinds of machines on which hosts can be: the one array; a new kind is a folder and a line here. */
import type { LabSpec } from '../model/lab-spec.ts';
import { HOST1, HOST2 } from '../model/place.ts';
import type { PlannedMachine, PlannedMachines } from '../model/plan.ts';
import type { MachineKind } from './machine.ts';
import { netns } from './netns/netns.ts';
import { ssh } from './ssh/ssh.ts';

/** The first is what the hosts of a lab are on that names none. */
export const machines: readonly MachineKind[] = [netns, ssh];

/** The kind that a lab names, or that of a lab that names none. Throws a plain Error for any other word: that is a bug. */
export function machineKindOf(kind: string | undefined): MachineKind {
  const found = kind === undefined ? machines[0] : machines.find((machine) => machine.kind === kind);
  if (found === undefined) throw new Error(`no machine of kind ${kind}`);
  return found;
}

/** Each host's machine, as a lab names them. */
export function machinesOf({ machines: named = {} }: Pick<LabSpec, 'machines'>): PlannedMachines {
  const planned = (machine: Partial<PlannedMachine> = {}): PlannedMachine => {
    return { kind: machineKindOf(machine.kind).kind, options: machine.options ?? {} };
  };
  return { [HOST1]: planned(named[HOST1]), [HOST2]: planned(named[HOST2]) };
}
