// SPDX-License-Identifier: GPL-2.0-only
/** Whether vhost-net is there: its node may be there without its driver, so that only opening it tells. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errnoOf } from '../model/errno.ts';
import { vhostCure } from './cures.ts';

export const VHOST_NET = '/dev/vhost-net';

export type VhostNet =
  | { readonly kind: 'there' }
  /** The node is there, and this user may not open it: root may. */
  | { readonly kind: 'untold' }
  /** `why` follows "this machine". */
  | { readonly kind: 'absent'; readonly why: string; readonly cure: string };

export async function lookAtVhostNet(path: string = VHOST_NET): Promise<VhostNet> {
  try {
    await (await open(path, constants.O_RDWR)).close();
    return { kind: 'there' };
  } catch (error) {
    const code = errnoOf(error) ?? String(error);
    const refused = code === 'EACCES' || code === 'EPERM';
    if (refused && process.geteuid?.() !== 0) return { kind: 'untold' };
    const why = code === 'ENOENT' ? `has no ${VHOST_NET}` : `does not open ${VHOST_NET}: ${code}`;
    // Root is refused by the rules that a container has for devices.
    const cure = refused ? `let this container open ${VHOST_NET}` : await vhostCure();
    return { kind: 'absent', why, cure };
  }
}
