// SPDX-License-Identifier: GPL-2.0-only
/** Whether BootOrder decides which entry is started. */
import { bootEntryRow, entryCommand } from '../boot-entry-row.ts';

export const bootOrder = bootEntryRow({
  id: 'boot-order',
  title: 'BootOrder decides which entry is started',
  steps: [
    entryCommand('order 2', 'efidebug boot order 0002 0001'),
    entryCommand('second', 'bootefi bootmgr'),
    entryCommand('order 1', 'efidebug boot order 0001 0002'),
    entryCommand('first', 'bootefi bootmgr'),
  ],
  starts: { second: 2, first: 1 },
});
