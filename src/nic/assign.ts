// SPDX-License-Identifier: GPL-2.0-only
/** Takes a NIC, or a virtual function of one, from this machine's kernel for a guest: checked, written down, then done. */

import { existsSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { HoplabError } from '../model/errors.ts';
import type { NicOrder } from '../model/plan.ts';
import {
  type Borrowed,
  type DeviceAccess,
  driverOf,
  type GivenBack,
  giveBack,
  pciPath,
  rebind,
  thisMachineAccess,
} from '../system/give-back.ts';
import { borrowedDevice, borrowedInterfaces } from './borrowed.ts';
import { judgeNics, nicNamed, reasonsAgainst } from './judge-nics.ts';
import type { JudgedNic, NicReport } from './nic.ts';

const VFIO = 'vfio-pci';

export interface AssignOptions {
  readonly signal: AbortSignal;
  /** Written down before anything is changed: who finds it can give all of it back. */
  record(borrowed: readonly Borrowed[]): Promise<void>;
  /** Told where it failed, and all is as it was. */
  restored(): Promise<void>;
  /** The file of host1's network namespace. */
  readonly host1: string;
  readonly access?: DeviceAccess;
  readonly look?: (signal: AbortSignal) => Promise<NicReport>;
}

export interface AssignedNic {
  /** Of the device that the guest gets. */
  readonly address: string;
  /** What it was and stood on, in a line. */
  readonly found: string;
  /** What was changed, in order: for the receipt. */
  readonly changed: readonly string[];
  giveBack(): Promise<GivenBack>;
}

/** Throws NIC_NOT_FOUND and NIC_REFUSED; whatever was changed by then is given back. */
export async function assignNic(order: NicOrder, options: AssignOptions): Promise<AssignedNic> {
  const { signal, access = thisMachineAccess } = options;
  const report = await (options.look ?? ((on) => judgeNics({ signal: on, guestMiB: 0 })))(signal);
  const vf = order.functionMac !== undefined;
  const nic = usable(report, order.nic, vf ? 'function' : 'whole');
  const end = order.end === undefined ? null : { ...order.end, card: usable(report, order.end.nic, 'end') };
  if (!existsSync(`${access.root}/bus/pci/drivers/${VFIO}`)) {
    await access.run(['modprobe', VFIO]);
    if (!existsSync(`${access.root}/bus/pci/drivers/${VFIO}`)) throw refused(nic, `modprobe ${VFIO} brought no driver`);
  }
  const borrowed = [
    ...(await borrowedDevice(nic, access, { vf })),
    ...(end === null ? [] : await borrowedInterfaces(end.card, access)),
  ];
  await options.record(borrowed);
  const changed: string[] = [];
  const back = async () => {
    // A lab that is gone has given it back by its end.
    if (end !== null)
      await access
        .run(['nsenter', `--net=${options.host1}`, '--', ...setLink(end.device), 'netns', String(process.pid)])
        .catch(() => undefined);
    return giveBack(borrowed, access);
  };
  try {
    signal.throwIfAborted();
    const address = vf ? await makeFunction(nic, { order, access, changed }) : nic.address;
    await bind(address, { nic, access, changed });
    if (end !== null) await moveEnd(end, { options, access, changed });
    return { address, found: describe(nic), changed, giveBack: back };
  } catch (error) {
    const { failed } = await back();
    if (failed.length === 0) await options.restored();
    if (failed.length === 0 || !(error instanceof Error)) throw error;
    throw refused(nic, `${error.message}; and it did not come back as it was: ${failed.join('; ')}`);
  }
}

const setLink = (device: string) => ['ip', 'link', 'set', device];

/** Throws where there is no such NIC, or it cannot be used so. */
function usable(report: NicReport, word: string, use: 'whole' | 'function' | 'end'): JudgedNic {
  const nic = nicNamed(report.nics, word);
  if (nic === null)
    throw new HoplabError({ code: 'NIC_NOT_FOUND', message: `there is no NIC ${word}`, hint: 'hoplab nic' });
  const against = reasonsAgainst(report, nic, use);
  if (against !== '') throw refused(nic, against);
  return nic;
}

/** The interface goes down, and into host1's network namespace under the name of the wire's end. */
async function moveEnd(
  { card, device }: { readonly card: JudgedNic; readonly device: string },
  { options, access, changed }: Work & { readonly options: AssignOptions },
): Promise<void> {
  const [port] = card.interfaces;
  if (port === undefined) throw refused(card, 'it has no interface here');
  await access.run([...setLink(port.name), 'down']);
  await access.run([...setLink(port.name), 'netns', options.host1, 'name', device]);
  changed.push(`${port.name}: to host1, as ${device}`);
}

interface Work {
  readonly access: DeviceAccess;
  readonly changed: string[];
}

/** Drivers of this machine must not take it first, and the function of a NIC that is down fails in the guest. */
async function makeFunction(
  nic: JudgedNic,
  { order, access, changed }: Work & { readonly order: NicOrder },
): Promise<string> {
  const at = pciPath(access.root, nic.address);
  const [port] = nic.interfaces;
  if (port === undefined) throw refused(nic, 'it has no interface here, by which a function would get its MAC');
  await access.write(`${at}/sriov_drivers_autoprobe`, '0');
  await access.run(['ip', 'link', 'set', port.name, 'up']);
  await access.write(`${at}/sriov_numvfs`, '1');
  changed.push(
    `${nic.address}: sriov_drivers_autoprobe 0, ${port.name} up, sriov_numvfs ${nic.sriov?.current ?? 0} -> 1`,
  );
  const address = await readlink(`${at}/virtfn0`).then(basename, () => null);
  if (address === null) throw refused(nic, 'sriov_numvfs took 1, and there is no virtual function');
  if (order.functionMac !== undefined) {
    await access.run(['ip', 'link', 'set', port.name, 'vf', '0', 'mac', order.functionMac]);
    changed.push(`${address}: MAC ${order.functionMac}`);
  }
  return address;
}

/** The write never tells: without an IOMMU it fails in silence, so that the driver is read again. */
async function bind(address: string, { nic, access, changed }: Work & { readonly nic: JudgedNic }): Promise<void> {
  const before = await driverOf(access.root, address);
  await rebind(access, address, VFIO);
  const now = await driverOf(access.root, address);
  if (now !== VFIO)
    throw refused(nic, `${VFIO} did not take ${address}: its driver is ${now ?? 'none'} (dmesg may say why)`);
  changed.push(`${address}: driver ${before ?? 'none'} -> ${VFIO}`);
}

/** What its figures depend on beside its kind. */
function describe({ address, driver, group, link, numaNode, resetMethods }: JudgedNic): string {
  return [
    ...[address, driver ?? 'no driver'],
    ...(group === null ? [] : [`group ${group.number} (${group.type})`]),
    ...(link === '' ? [] : [`link ${link}`]),
    ...(numaNode === null ? [] : [`NUMA node ${numaNode}`]),
    `reset ${resetMethods.join(' ') || 'none'}`,
  ].join(', ');
}

function refused({ name }: JudgedNic, why: string): HoplabError {
  return new HoplabError({
    code: 'NIC_REFUSED',
    message: `give NIC ${name} to a guest: ${why}`,
    hint: `hoplab nic ${name}`,
  });
}
