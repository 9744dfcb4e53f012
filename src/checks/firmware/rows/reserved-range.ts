// SPDX-License-Identifier: GPL-2.0-only
/** Whether a file that would overwrite the firmware itself is refused, with the right words. */
import { consoleEvidence, type FirmwareRow, lineLike } from '../row.ts';

export const reservedRange: FirmwareRow = {
  id: 'reserved-range',
  title: 'a file over a reserved range is refused',
  group: 'memory',
  media: [{ id: 'disk', bus: 'virtio', loader: 'whole' }],
  steps: [
    { kind: 'command', name: 'scan', line: 'virtio scan' },
    // The device tree that it works with lies in its own reserved memory.
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the firmware's own
    { kind: 'command', name: 'load', line: 'load virtio 0:1 ${fdtcontroladdr} EFI/BOOT/BOOTAA64.EFI' },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the same
    { kind: 'command', name: 'elsewhere', line: 'load virtio 0:1 ${kernel_addr_r} EFI/BOOT/BOOTAA64.EFI' },
  ],
  judge(seen) {
    const [over, elsewhere] = [seen.answer('load'), seen.answer('elsewhere')];
    const evidence = [...consoleEvidence(over.lines, 3), ...consoleEvidence(elsewhere.lines, 2)];
    const refused = lineLike(over, /would overwrite reserved memory/);
    if (lineLike(elsewhere, /bytes read/) === null) {
      return { outcome: 'could-not-look', words: 'the file could not be loaded elsewhere either', evidence };
    }
    if (refused !== null)
      return { outcome: 'yes', words: `refused with "${refused.text.replaceAll('*', '').trim()}"`, evidence };
    const taken = lineLike(over, /bytes read/) !== null;
    return taken
      ? { outcome: 'no', words: 'loaded over the device tree that the firmware works with', evidence }
      : { outcome: 'partly', words: 'not loaded, in other words than those of a reserved range', evidence };
  },
};
