// SPDX-License-Identifier: GPL-2.0-only
/** What becomes of a damaged \EFI\BOOT\BOOTAA64.EFI: it is refused, and the next medium is tried. */
import { efiReports } from '../efi-report.ts';
import { consoleEvidence, type FirmwareRow, type LoaderState } from '../row.ts';

const REFUSALS = /not a PE|invalid|unsupported|loading image failed|load error|corrupt|not supported|cannot load any/i;

function damaged(id: string, title: string, loader: LoaderState): FirmwareRow {
  return {
    ...{ id, title },
    group: 'removable media',
    media: [
      { id: 'damaged', bus: 'usb', loader },
      { id: 'next', bus: 'virtio', loader: 'whole' },
    ],
    steps: [{ kind: 'command', name: 'boot', line: 'run bootcmd', deadlineMs: 40_000 }],
    judge(seen) {
      const { lines } = seen.answer('boot');
      const [report] = efiReports(lines);
      const said = lines.filter(({ text }) => REFUSALS.test(text));
      const evidence = consoleEvidence(said.length > 0 ? said : lines);
      const refusal = said[0] === undefined ? 'without a word' : `with "${said[0].text.trim()}"`;
      if (report?.medium === 'next')
        return { outcome: 'yes', words: `refused ${refusal}; the next medium was booted`, evidence };
      if (report === undefined)
        return { outcome: 'partly', words: `refused ${refusal}; the next medium was not tried`, evidence };
      return { outcome: 'no', words: 'the damaged application ran', evidence };
    },
  };
}

export const garbageLoader = damaged('garbage-loader', 'a BOOTAA64.EFI that is no application is refused', 'garbage');

export const cutLoader = damaged('cut-loader', 'a BOOTAA64.EFI that was cut short is refused', 'cut');
