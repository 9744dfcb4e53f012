// SPDX-License-Identifier: GPL-2.0-only
/** Machine `beside`: namespaces of this machine as two machines, so that a lab on one kernel is traced as if it were on two. */
import { z } from 'zod';
import type { MachineKind, OpenMachine } from '../../../src/machines/machine.ts';
import { netns, netnsMachine } from '../../../src/machines/netns/netns.ts';
import { Journal } from '../../../src/system/journal.ts';
import { LabNamespaces } from '../../../src/system/namespaces.ts';
import { Scope } from '../../../src/system/scope.ts';
import { veth } from '../../../src/wires/veth/veth.ts';
import type { WireKind } from '../../../src/wires/wire.ts';

interface Opened {
  readonly namespaces: LabNamespaces;
  readonly journal: Journal;
}

/** By lab: the machine that is opened first makes them, and ends them when it is closed, after the other. */
const opened = new Map<string, Opened>();

export const beside: MachineKind = {
  ...netns,
  kind: 'beside',
  summary: 'this machine, as if each host were on one of its own',
  options: z.strictObject({ name: z.string().describe('Tells it from the other.') }),

  async open({ id, signal, logPath }): Promise<OpenMachine> {
    const scope = new Scope();
    const { namespaces, journal } = opened.get(id) ?? (await make(id, { signal, scope }));
    return { ...netnsMachine(namespaces, logPath), journal, [Symbol.asyncDispose]: () => scope.close() };
  },
};

async function make(id: string, { signal, scope }: { readonly signal: AbortSignal; readonly scope: Scope }) {
  const journal = await Journal.create(id);
  scope.defer('remove the journal', () => journal.remove());
  const namespaces = scope.use('close the namespaces', await LabNamespaces.open({ signal, journal }));
  scope.defer('forget them', async () => void opened.delete(id));
  opened.set(id, { namespaces, journal });
  return { namespaces, journal };
}

/** A veth pair between them, which is of one kernel all the same. */
export const cable: WireKind = { ...veth, kind: 'cable', misfit: () => null };
