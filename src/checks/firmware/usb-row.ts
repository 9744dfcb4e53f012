// SPDX-License-Identifier: GPL-2.0-only
/** Rows about several USB sticks: one EFI handle each, and a device path that no other has. */
import { efiReports } from './efi-report.ts';
import { consoleEvidence, type FirmwareRow, startApplication } from './row.ts';

type UsbRow = Pick<FirmwareRow, 'id' | 'title'> &
  Required<Pick<FirmwareRow, 'usb'>> & { readonly sticks: FirmwareRow['media'] };

/** The application comes from a disk of its own, so that it runs where no stick is found. */
export function usbRow({ id, title, usb, sticks }: UsbRow): FirmwareRow {
  return {
    ...{ id, title, usb },
    group: 'USB',
    media: [...sticks, { id: 'disk', bus: 'virtio', loader: 'whole' }],
    steps: [
      { kind: 'command', name: 'usb', line: 'usb start', deadlineMs: 20_000 },
      { kind: 'command', name: 'tree', line: 'usb tree' },
      ...startApplication('virtio 0:1', 'handles'),
    ],
    judge(seen) {
      const [report] = efiReports(seen.answer('handles').lines);
      if (report === undefined) {
        return {
          outcome: 'could-not-look',
          words: 'the application did not run',
          evidence: consoleEvidence(seen.answer('handles').lines),
        };
      }
      const own = report.blocks.filter(({ kind, path }) => kind === 'disk' && /USB/i.test(path));
      const paths = new Set(own.map(({ path }) => path));
      const words = `${sticks.length} sticks have ${own.length} EFI ${own.length === 1 ? 'handle' : 'handles'}, of ${paths.size} different ${paths.size === 1 ? 'path' : 'paths'}`;
      const evidence = [
        ...consoleEvidence(seen.answer('usb').lines, 6),
        ...own.map(({ line }) => ({ from: 'EFI handles', line: line.text, atMs: line.atMs })),
      ];
      const right = own.length === sticks.length && paths.size === sticks.length;
      return {
        outcome: right ? 'yes' : own.length > 0 ? 'partly' : 'no',
        found: `${own.length} of ${sticks.length}`,
        words,
        evidence,
      };
    },
  };
}
