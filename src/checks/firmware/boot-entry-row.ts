// SPDX-License-Identifier: GPL-2.0-only
/** Rows about boot entries: two disks, an entry for each, and the numbers of the entries that the boot manager started. */
import type { ConsoleAnswer } from '../../guest/firmware/console.ts';
import { efiReports } from './efi-report.ts';
import { consoleEvidence, type FirmwareRow, type RowStep } from './row.ts';

const ENTRY_STEPS: readonly RowStep[] = [
  { kind: 'command', name: 'add 1', line: 'efidebug boot add -b 0001 first virtio 0:1 EFI/BOOT/BOOTAA64.EFI' },
  { kind: 'command', name: 'add 2', line: 'efidebug boot add -b 0002 second virtio 1:1 EFI/BOOT/BOOTAA64.EFI' },
];

export const entryCommand = (name: string, line: string): RowStep => ({
  kind: 'command',
  name,
  line,
  deadlineMs: 20_000,
});

/** The entry that was started first, as a number; null = none was. */
function startedEntry(answer: ConsoleAnswer): number | null {
  return efiReports(answer.lines).find(({ entry }) => entry !== null)?.entry?.number ?? null;
}

interface EntryRow {
  readonly id: string;
  readonly title: string;
  /** After the two entries were added. */
  readonly steps: readonly RowStep[];
  /** Name of a step -> the entry that it must start. */
  readonly starts: Readonly<Record<string, number>>;
}

/** yes where every step started its entry. */
export function bootEntryRow({ id, title, steps, starts }: EntryRow): FirmwareRow {
  return {
    ...{ id, title },
    group: 'boot entries',
    needs: ['efidebug'],
    media: [
      { id: 'first', bus: 'virtio', loader: 'whole' },
      { id: 'second', bus: 'virtio', loader: 'whole' },
    ],
    steps: [{ kind: 'command', name: 'scan', line: 'virtio scan' }, ...ENTRY_STEPS, ...steps],
    judge(seen) {
      const came = Object.keys(starts).map((name) => ({ name, entry: startedEntry(seen.answer(name)) }));
      const right = came.every(({ name, entry }) => entry === starts[name]);
      const shown = came.map(({ entry }) =>
        entry === null ? 'nothing' : `Boot${entry.toString(16).padStart(4, '0')}`,
      );
      const evidence = came.flatMap(({ name }) => {
        const { lines } = seen.answer(name);
        const telling = lines.filter(({ text }) =>
          /^Booting|^hoplab-efi: (image|entry)|not found|fail|cannot/i.test(text),
        );
        return consoleEvidence(telling.length > 0 ? telling : lines, 4);
      });
      return { outcome: right ? 'yes' : 'no', words: `started ${shown.join(', then ')}`, evidence };
    },
  };
}
