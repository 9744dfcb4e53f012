// SPDX-License-Identifier: GPL-2.0-only
/** What becomes of a medium without \EFI\BOOT\BOOTAA64.EFI: it is passed over, and the prompt is there again. */
import { efiReports } from '../efi-report.ts';
import { consoleEvidence, type FirmwareRow } from '../row.ts';

export const missingLoader: FirmwareRow = {
  id: 'missing-loader',
  title: 'a stick without BOOTAA64.EFI is passed over',
  group: 'removable media',
  media: [{ id: 'medium', bus: 'usb', loader: 'missing' }],
  steps: [{ kind: 'command', name: 'boot', line: 'run bootcmd', deadlineMs: 40_000 }],
  judge(seen) {
    const { lines } = seen.answer('boot');
    const ran = efiReports(lines).length > 0;
    return {
      outcome: ran ? 'no' : 'yes',
      words: ran ? 'an application ran that is not there' : 'nothing was booted, and the prompt came back',
      evidence: consoleEvidence(lines, 6),
    };
  },
};
