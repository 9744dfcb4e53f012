// SPDX-License-Identifier: GPL-2.0-only
/** The NICs of this machine that a lab's guests have: written down first, given back when the guests are gone, with a receipt. */
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HoplabError } from '../../model/errors.ts';
import type { NicOrder } from '../../model/plan.ts';
import { type AssignedNic, assignNic } from '../../nic/assign.ts';
import type { Journal } from '../../system/journal.ts';
import type { OpenOptions } from '../machine.ts';

export interface LentNics extends AsyncDisposable {
  /** `host1`: the file of its network namespace, seen from here. */
  assign(order: NicOrder, how: { readonly host1: string; readonly signal: AbortSignal }): Promise<AsyncDisposable>;
}

interface Lent {
  readonly nic: string;
  readonly assigned: AssignedNic;
  readonly receipt: string;
}

/** Disposing gives back what is still lent, the last first; throws NIC_REFUSED for what does not come back as it was. */
export function lentNics(journal: Journal, logPath: OpenOptions['logPath']): LentNics {
  const lent = new Set<Lent>();
  const giveBack = async (one: Lent): Promise<void> => {
    if (!lent.delete(one)) return;
    const { done, failed } = await one.assigned.giveBack();
    await write(one.receipt, [
      ...done.map((line) => `given back: ${line}`),
      ...failed.map((why) => `NOT given back: ${why}`),
    ]);
    if (failed.length > 0)
      throw new HoplabError({
        code: 'NIC_REFUSED',
        message: `give NIC ${one.nic} back: ${failed.join('; ')}`,
        hint: `sudo hoplab gc tries again; what was changed is in ${one.receipt}`,
      });
    await journal.record({ kind: 'given-back', nic: one.nic });
  };
  return {
    async assign(order, { host1, signal }) {
      const { nic } = order;
      if ([...lent].some((one) => one.nic === nic))
        throw new HoplabError({
          code: 'NIC_REFUSED',
          message: `give NIC ${nic} to a guest: another path of this lab has it`,
          hint: 'give each path a NIC, or a virtual function, of its own; a twin needs one too',
        });
      const receipt = logPath(`nic-${nic.replaceAll(/[^\w.-]/g, '-')}`);
      const assigned = await assignNic(order, {
        ...{ signal, host1 },
        restored: () => journal.record({ kind: 'given-back', nic }),
        record: (was) => journal.record({ kind: 'borrowed', nic, was }),
      });
      const one = { nic, assigned, receipt };
      lent.add(one);
      if (assigned.address !== order.address) {
        await giveBack(one);
        throw new HoplabError({
          code: 'NIC_REFUSED',
          message: `give NIC ${nic} to a guest: its function is ${assigned.address}, and ${order.address} was planned`,
          hint: `name it by its address: hoplab nic ${nic}`,
        });
      }
      await write(receipt, [`found: ${assigned.found}`, ...assigned.changed.map((line) => `changed: ${line}`)]);
      return { [Symbol.asyncDispose]: () => giveBack(one) };
    },

    async [Symbol.asyncDispose]() {
      const failures: unknown[] = [];
      for (const one of [...lent].reverse()) await giveBack(one).catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
  };
}

async function write(file: string, lines: readonly string[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const now = new Date().toISOString();
  await appendFile(file, lines.map((line) => `${now} ${line}\n`).join(''));
}
