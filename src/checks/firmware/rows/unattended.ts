// SPDX-License-Identifier: GPL-2.0-only
/** Whether it boots by itself from a disk, and how long that takes from the start of the machine. */
import { efiReports } from '../efi-report.ts';
import { consoleEvidence, type FirmwareRow } from '../row.ts';

export const unattended: FirmwareRow = {
  id: 'unattended',
  title: 'boots an application by itself, and how soon',
  group: 'start',
  timed: true,
  media: [{ id: 'disk', bus: 'virtio', loader: 'whole' }],
  unattended: true,
  steps: [{ kind: 'keys', name: 'boot', keys: '', until: /^hoplab-efi: end/, deadlineMs: 40_000 }],
  judge(seen) {
    const { lines, durationMs } = seen.answer('boot');
    const waits = lines.find(({ text }) => /stop autoboot/.test(text));
    const [report] = efiReports(lines);
    const countdown = waits === undefined ? '' : `; its countdown "${waits.text.trim()}" is a part of that`;
    return {
      outcome: report?.medium === 'disk' ? 'yes' : 'no',
      words: `the application ran ${(durationMs / 1000).toFixed(1)} s after the start${countdown}`,
      evidence: consoleEvidence([
        ...(waits === undefined ? [] : [waits]),
        ...(report === undefined ? [] : [report.begin]),
      ]),
    };
  },
};
