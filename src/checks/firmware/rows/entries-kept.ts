// SPDX-License-Identifier: GPL-2.0-only
/** Whether entries and their order outlive a reset: they are kept in a file of the EFI system partition. */
import { bootEntryRow, entryCommand } from '../boot-entry-row.ts';

export const entriesKept = bootEntryRow({
  id: 'entries-kept',
  title: 'entries and their order outlive a reset',
  steps: [
    entryCommand('order', 'efidebug boot order 0002 0001'),
    { kind: 'restart', name: 'reset' },
    entryCommand('scan again', 'virtio scan'),
    entryCommand('boot', 'bootefi bootmgr'),
  ],
  starts: { boot: 2 },
});
