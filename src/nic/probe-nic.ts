// SPDX-License-Identifier: GPL-2.0-only
/** Whether a NIC that a path asks for could be a guest's: what doctor, a plan and a run find before anything is changed. */
import type { Requirement } from '../model/requirement.ts';
import { judgeNics, nicNamed, reasonsAgainst } from './judge-nics.ts';

/** The guest of a lab that does not say. */
const GUEST_MIB = 512;

interface Finding {
  readonly met: boolean;
  readonly found: string;
  readonly hint: string;
}

export async function probeNic(
  { nic: word, use }: Extract<Requirement, { kind: 'nic' }>,
  signal: AbortSignal,
): Promise<Finding> {
  const report = await judgeNics({ signal, guestMiB: GUEST_MIB });
  if (word === null) {
    const usable = report.nics.filter(({ possible }) => possible).map(({ name }) => name);
    if (usable.length === 0)
      return { met: false, found: 'none here can be passed through', hint: 'hoplab nic says why' };
    const found = `none is named; ${usable.join(', ')} can be passed through`;
    return { met: false, found, hint: `in a lab file: paths: {passthrough: {nic: ${usable[0]}}}` };
  }
  const nic = nicNamed(report.nics, word);
  if (nic === null) return { met: false, found: 'this machine has no such NIC', hint: 'hoplab nic' };
  const against = reasonsAgainst(report, nic, use);
  const hint = `hoplab nic ${nic.name}`;
  return { met: against === '', found: against === '' ? 'every check is met' : against, hint };
}
