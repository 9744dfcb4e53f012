// SPDX-License-Identifier: GPL-2.0-only
/** Whether BootNext comes before BootOrder, once. */
import { bootEntryRow, entryCommand } from '../boot-entry-row.ts';

export const bootNext = bootEntryRow({
  id: 'boot-next',
  title: 'BootNext is started once, before the order',
  steps: [
    entryCommand('order', 'efidebug boot order 0001 0002'),
    entryCommand('next', 'efidebug boot next 0002'),
    entryCommand('once', 'bootefi bootmgr'),
    entryCommand('again', 'bootefi bootmgr'),
  ],
  starts: { once: 2, again: 1 },
});
