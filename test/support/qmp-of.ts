// SPDX-License-Identifier: GPL-2.0-only
/** The monitor of a guest that QEMU runs: what a test asks beside what hoplab does. */
import type { Guest } from '../../src/vmms/boot.ts';
import { QmpClient } from '../../src/vmms/qemu/qmp.ts';

export function qmpOf({ connection }: Pick<Guest, 'connection'>): QmpClient {
  if (connection instanceof QmpClient) return connection;
  throw new Error('this guest is not run by QEMU');
}
