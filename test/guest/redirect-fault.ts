// SPDX-License-Identifier: GPL-2.0-only
/** The fault of the rule `redirect-refused`: host1's end of the wire loses the program that lets it take redirects. */

import type { Rung } from '../../src/model/ladder.ts';
import { findLabs } from '../../src/system/journal.ts';
import { LiveLab } from '../support/live-lab.ts';
import type { OpenedLab } from '../support/opened-lab.ts';
import { detachLink } from './detached-link.ts';

export const REDIRECT_LAB = `
guest: {accel: tcg}
paths:
  xdp: {backend: ebpf, mode: native}
  tc: {backend: ebpf, mode: tc}
compare: {draws: 0}
`;
export const REDIRECT_RUNGS: readonly Rung[] = ['link', 'arp', 'icmp', 'udp-small', 'tcp-connect'];

/** hoplab-bridge still believes that its program is there. */
export async function detachFarEnd({ path }: OpenedLab): Promise<void> {
  const [found] = (await findLabs()).filter(({ owner, holderAlive }) => owner?.pid === process.pid && holderAlive);
  if (!found?.holder) throw new Error('no lab of this process');
  const { wire } = path('xdp');
  const lab = new LiveLab(found.id, found.holder.pid);
  const loader = await lab.process(new RegExp(`^\\S*hoplab-bridge .*--line port ${wire.host2.device} `));
  const [device] = JSON.parse(await lab.run(['ip', '-j', 'link', 'show', 'dev', wire.host1.device], 'host1'));
  await detachLink(loader.pid, 'pass_all', device.ifindex);
}
