// SPDX-License-Identifier: GPL-2.0-only
/** Reads the NICs of this machine and says of each whether it can be passed through. Changes nothing. */
import { checkMachine } from './machine-checks.ts';
import type { Check, JudgedNic, Nic, NicReport } from './nic.ts';
import { checkEnd, checkNic } from './nic-checks.ts';
import { checkOtherBus } from './other-bus.ts';
import { readNics } from './read-nics.ts';
import { Sysfs } from './sysfs.ts';
import { type NetworkUse, readNetworkUse } from './uses.ts';

export interface LookOptions {
  readonly signal: AbortSignal;
  /** The guest's memory. */
  readonly guestMiB: number;
  /** Where they are read from; a test has others. */
  readonly sysfs?: Sysfs;
  readonly network?: NetworkUse;
  readonly proc?: (name: string) => Promise<string>;
}

export async function judgeNics({
  signal,
  guestMiB,
  sysfs = new Sysfs(),
  network,
  proc,
}: LookOptions): Promise<NicReport> {
  const use = network ?? (await readNetworkUse(signal));
  const machine = await checkMachine({ sysfs, guestMiB, ...(proc === undefined ? {} : { proc }) });
  const found = await readNics({ sysfs, network: use });
  const nics = await Promise.all(found.map((nic) => judge(nic, { sysfs, machine })));
  return { schema: 1, machine, nics };
}

async function judge(nic: Nic, { sysfs, machine }: { sysfs: Sysfs; machine: readonly Check[] }): Promise<JudgedNic> {
  const checks = nic.bus === 'pci' ? checkNic(nic) : await checkOtherBus(nic, sysfs);
  const because = failedOf([...machine, ...checks]);
  return { ...nic, checks, possible: because === '', because };
}

/** Why a NIC cannot be used so: a virtual function of it need not be there yet, and an end of a cable needs no IOMMU. Empty = it can. */
export function reasonsAgainst(
  { machine }: Pick<NicReport, 'machine'>,
  nic: JudgedNic,
  use: 'whole' | 'function' | 'end',
): string {
  if (nic.bus !== 'pci') return nic.because;
  return failedOf(use === 'end' ? checkEnd(nic) : [...machine, ...checkNic(nic, { vf: use === 'function' })]);
}

/** "in use: address 192.0.2.7/24 (eth0); ..."; empty where nothing failed. */
function failedOf(checks: readonly Check[]): string {
  return checks.flatMap(({ verdict, what, found }) => (verdict === 'failed' ? [`${what}: ${found}`] : [])).join('; ');
}

/** That of an interface or of an address on its bus, whatever way it is written; null = there is none. */
export function nicNamed<N extends Nic>(nics: readonly N[], word: string): N | null {
  const address = /^[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i.test(word) ? `0000:${word}` : word;
  return (
    nics.find((nic) => nic.address.toLowerCase() === address.toLowerCase()) ??
    nics.find(({ interfaces }) => interfaces.some(({ name }) => name === word)) ??
    null
  );
}
