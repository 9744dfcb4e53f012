// SPDX-License-Identifier: GPL-2.0-only
/** Takes a NIC, or a virtual function of one, from this machine's kernel for a guest: checked, written down, then done. */

import { existsSync } from 'node:fs';
import { readFile, readlink } from 'node:fs/promises';
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
import { judgeNics, nicNamed, reasonsAgainst } from './judge-nics.ts';
import type { JudgedNic, NicReport } from './nic.ts';

const VFIO = 'vfio-pci';

export interface AssignOptions {
  readonly signal: AbortSignal;
  /** Written down before anything is changed: who finds it can give all of it back. */
  record(borrowed: readonly Borrowed[]): Promise<void>;
  /** Told where it failed, and all is as it was. */
  restored(): Promise<void>;
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
  const nic = nicNamed(report.nics, order.nic);
  const vf = order.functionMac !== undefined;
  if (nic === null)
    throw new HoplabError({ code: 'NIC_NOT_FOUND', message: `there is no NIC ${order.nic}`, hint: 'hoplab nic' });
  const against = reasonsAgainst(report, nic, { vf });
  if (against !== '') throw refused(nic, against);
  if (!existsSync(`${access.root}/bus/pci/drivers/${VFIO}`)) {
    await access.run(['modprobe', VFIO]);
    if (!existsSync(`${access.root}/bus/pci/drivers/${VFIO}`)) throw refused(nic, `modprobe ${VFIO} brought no driver`);
  }
  const borrowed = await borrowedOf(nic, access, vf);
  await options.record(borrowed);
  const changed: string[] = [];
  try {
    signal.throwIfAborted();
    const address = vf ? await makeFunction(nic, { order, access, changed }) : nic.address;
    await bind(address, { nic, access, changed });
    return { address, found: describe(nic), changed, giveBack: () => giveBack(borrowed, access) };
  } catch (error) {
    const { failed } = await giveBack(borrowed, access);
    if (failed.length === 0) await options.restored();
    if (failed.length === 0 || !(error instanceof Error)) throw error;
    throw refused(nic, `${error.message}; and it did not come back as it was: ${failed.join('; ')}`);
  }
}

/** In the order in which it is given back. */
async function borrowedOf(nic: JudgedNic, { root }: DeviceAccess, vf: boolean): Promise<Borrowed[]> {
  const at = pciPath(root, nic.address);
  const text = async (path: string) => (await readFile(path, 'utf8').catch(() => '')).trim();
  const interfaces = await Promise.all(
    nic.interfaces.map(async ({ name }): Promise<Borrowed> => {
      const files = `${root}/class/net/${name}`;
      const up = (Number(await text(`${files}/flags`)) & 1) === 1;
      return { kind: 'interface', address: nic.address, name, up, mtu: Number(await text(`${files}/mtu`)) };
    }),
  );
  if (vf) {
    const probe = await text(`${at}/sriov_drivers_autoprobe`);
    const count = nic.sriov?.current ?? 0;
    return [{ kind: 'functions', address: nic.address, count, autoprobe: probe === '' ? null : probe }, ...interfaces];
  }
  const override = await text(`${at}/driver_override`);
  const as = override === '' || override === '(null)' ? null : override;
  return [{ kind: 'driver', address: nic.address, driver: nic.driver, override: as }, ...interfaces];
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
