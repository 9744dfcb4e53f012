// SPDX-License-Identifier: GPL-2.0-only
/** What a NIC is before a lab takes it: written down, it is what gives it back. Reads alone. */
import { readFile } from 'node:fs/promises';
import { type Borrowed, type DeviceAccess, pciPath } from '../system/give-back.ts';
import type { Nic } from './nic.ts';

/** In the order in which it is given back. */
export async function borrowedDevice(
  nic: Nic,
  access: DeviceAccess,
  { vf }: { readonly vf: boolean },
): Promise<Borrowed[]> {
  const at = pciPath(access.root, nic.address);
  const interfaces = await borrowedInterfaces(nic, access);
  if (vf) {
    const probe = await text(`${at}/sriov_drivers_autoprobe`);
    const count = nic.sriov?.current ?? 0;
    return [{ kind: 'functions', address: nic.address, count, autoprobe: probe === '' ? null : probe }, ...interfaces];
  }
  const override = await text(`${at}/driver_override`);
  const as = override === '' || override === '(null)' ? null : override;
  return [{ kind: 'driver', address: nic.address, driver: nic.driver, override: as }, ...interfaces];
}

export function borrowedInterfaces(nic: Nic, { root }: DeviceAccess): Promise<Borrowed[]> {
  return Promise.all(
    nic.interfaces.map(async ({ name }): Promise<Borrowed> => {
      const files = `${root}/class/net/${name}`;
      const up = (Number(await text(`${files}/flags`)) & 1) === 1;
      const mac = await text(`${files}/address`);
      return { kind: 'interface', address: nic.address, name, up, mtu: Number(await text(`${files}/mtu`)), mac };
    }),
  );
}

async function text(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).trim();
}
