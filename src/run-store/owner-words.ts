// SPDX-License-Identifier: GPL-2.0-only
/** Whose a file is and who may use it, for whoever was refused. */
import type { Stats } from 'node:fs';

/** "of root, mode 755". */
export function ownerWords({ uid, mode }: Pick<Stats, 'uid' | 'mode'>): string {
  return `of ${uid === 0 ? 'root' : `user ${uid}`}, mode ${(mode & 0o7777).toString(8)}`;
}
