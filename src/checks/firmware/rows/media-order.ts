// SPDX-License-Identifier: GPL-2.0-only
/** Which of several media is booted first where none has a boot entry. */
import { efiReports } from '../efi-report.ts';
import { consoleEvidence, type FirmwareRow } from '../row.ts';

export const mediaOrder: FirmwareRow = {
  id: 'media-order',
  title: 'the order of a USB stick, a virtio and an NVMe disk',
  group: 'removable media',
  media: [
    { id: 'nvme', bus: 'nvme', loader: 'whole' },
    { id: 'virtio', bus: 'virtio', loader: 'whole' },
    { id: 'usb', bus: 'usb', loader: 'whole' },
  ],
  // The application returns, so that the firmware goes on to the next one.
  steps: [{ kind: 'command', name: 'boot', line: 'run bootcmd', deadlineMs: 60_000 }],
  judge(seen) {
    const { lines } = seen.answer('boot');
    const reports = efiReports(lines);
    const order = [...new Set(reports.map(({ medium }) => medium ?? 'unknown'))];
    const evidence = consoleEvidence(reports.flatMap(({ image }) => image ?? []));
    if (order.length === 0) return { outcome: 'no', words: 'none was booted', evidence: consoleEvidence(lines) };
    return {
      outcome: order.length === 3 ? 'yes' : 'partly',
      found: order.join(', '),
      words: `tried in this order: ${order.join(', ')}${order.length === 3 ? '' : '; the others were not'}`,
      evidence,
    };
  },
};
