// SPDX-License-Identifier: GPL-2.0-only
/** Whether the EFI handles of a device go when the device goes. */
import { efiReports } from '../efi-report.ts';
import { consoleEvidence, type FirmwareRow, startApplication } from '../row.ts';

export const handlesGo: FirmwareRow = {
  id: 'handles-go',
  title: 'the handles of a device go with the device',
  group: 'driver model',
  media: [
    { id: 'disk', bus: 'virtio', loader: 'whole' },
    { id: 'stick', bus: 'usb', loader: 'whole' },
  ],
  steps: [
    { kind: 'command', name: 'start', line: 'usb start', deadlineMs: 20_000 },
    ...startApplication('virtio 0:1', 'there'),
    { kind: 'command', name: 'stop', line: 'usb stop' },
    ...startApplication('virtio 0:1', 'gone'),
  ],
  judge(seen) {
    const count = (name: string): number | null => efiReports(seen.answer(name).lines)[0]?.blocks.length ?? null;
    const [there, gone] = [count('there'), count('gone')];
    const evidence = ['there', 'stop', 'gone'].flatMap((name) => consoleEvidence(seen.answer(name).lines, 6));
    if (there === null || gone === null) {
      return { outcome: 'no', words: 'the application did not run before and after usb stop', evidence };
    }
    const words = `${there} block handles with the stick, ${gone} after usb stop`;
    return { outcome: there - gone === 2 ? 'yes' : 'no', words, evidence };
  },
};
