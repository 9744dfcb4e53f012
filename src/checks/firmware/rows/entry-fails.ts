// SPDX-License-Identifier: GPL-2.0-only
/** Whether the boot manager goes on to the next entry where one names a file that is not there. */
import { bootEntryRow, entryCommand } from '../boot-entry-row.ts';

export const entryFails = bootEntryRow({
  id: 'entry-fails',
  title: 'an entry whose file is missing is passed over',
  steps: [
    entryCommand('add 3', 'efidebug boot add -b 0003 missing virtio 0:1 EFI/MISSING.EFI'),
    entryCommand('order', 'efidebug boot order 0003 0002'),
    entryCommand('boot', 'bootefi bootmgr'),
  ],
  starts: { boot: 2 },
});
