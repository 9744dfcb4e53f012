// SPDX-License-Identifier: GPL-2.0-only
/** What SetVariable says of a volatile and of a persistent variable before the operating system runs. */
import { efiReports } from '../efi-report.ts';
import { consoleEvidence, type FirmwareRow, startApplication } from '../row.ts';

const statusText = (status: bigint): string => (status === 0n ? 'done' : `refused with 0x${status.toString(16)}`);

export const variables: FirmwareRow = {
  id: 'variables',
  title: 'an application sets volatile and persistent variables',
  group: 'variables',
  media: [{ id: 'disk', bus: 'virtio', loader: 'whole' }],
  steps: [{ kind: 'command', name: 'scan', line: 'virtio scan' }, ...startApplication('virtio 0:1', 'set')],
  judge(seen) {
    const { lines } = seen.answer('set');
    const told = efiReports(lines)[0]?.variables;
    if (told === undefined || told === null) {
      return { outcome: 'could-not-look', words: 'the application did not run', evidence: consoleEvidence(lines) };
    }
    const done = [told.volatile, told.persistent].filter((status) => status === 0n).length;
    return {
      outcome: done === 2 ? 'yes' : done === 1 ? 'partly' : 'no',
      words: `volatile: ${statusText(told.volatile)}; persistent: ${statusText(told.persistent)}`,
      evidence: consoleEvidence(lines.filter(({ text }) => /persist|partition|hoplab-efi: variable/.test(text))),
    };
  },
};
