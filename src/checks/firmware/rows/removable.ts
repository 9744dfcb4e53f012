// SPDX-License-Identifier: GPL-2.0-only
/** Whether a medium with \EFI\BOOT\BOOTAA64.EFI and no boot entry is booted, on each bus, and which component does so. */
import type { MediumBus } from '../../../vmms/firmware-machine.ts';
import { bootComponent } from '../boot-component.ts';
import { efiReports } from '../efi-report.ts';
import { consoleEvidence, type FirmwareRow } from '../row.ts';

const NAMES: Readonly<Record<MediumBus, string>> = {
  ...{ usb: 'a USB stick', virtio: 'a virtio disk' },
  ...{ nvme: 'an NVMe disk', sd: 'an SD card' },
};

export function removable(bus: MediumBus): FirmwareRow {
  return {
    id: `removable-${bus}`,
    title: `${NAMES[bus]} is booted without a boot entry`,
    group: 'removable media',
    ...(bus === 'sd' ? { needs: ['mmc'], lacking: 'no' as const } : {}),
    media: [{ id: 'medium', bus, loader: 'whole' }],
    steps: [{ kind: 'command', name: 'boot', line: 'run bootcmd', deadlineMs: 40_000 }],
    judge(seen) {
      const { lines } = seen.answer('boot');
      const [report] = efiReports(lines);
      if (report?.medium !== 'medium') {
        return { outcome: 'no', words: `${NAMES[bus]} was not booted`, evidence: consoleEvidence(lines) };
      }
      const component = bootComponent(report);
      const entry =
        report.entry === null ? '' : `, which made Boot${report.entry.number.toString(16).padStart(4, '0')} for it`;
      return {
        outcome: 'yes',
        found: component.name,
        words: `booted by the ${component.name}${entry}`,
        evidence: consoleEvidence([...component.lines, ...(report.image === null ? [] : [report.image])]),
      };
    },
  };
}
