// SPDX-License-Identifier: GPL-2.0-only
/** Whether the boot entries' menu is driven by keys: it opens, its cursor moves, and it is left again. */
import { consoleEvidence, type FirmwareRow } from '../row.ts';

/** Its last item. */
const DRAWN = /^Quit/;

export const eficonfig: FirmwareRow = {
  id: 'eficonfig',
  title: 'the menu of boot entries is driven by keys',
  group: 'boot entries',
  needs: ['eficonfig'],
  lacking: 'no',
  media: [{ id: 'disk', bus: 'virtio', loader: 'whole' }],
  steps: [
    { kind: 'command', name: 'scan', line: 'virtio scan' },
    { kind: 'keys', name: 'open', keys: 'eficonfig\r', until: DRAWN },
    // Down to the second item, and into it; the menu is drawn anew at every key.
    { kind: 'keys', name: 'down', keys: '\x1b[B', until: /^Delete Boot Option/ },
    { kind: 'keys', name: 'drawn', keys: '', until: DRAWN },
    { kind: 'keys', name: 'enter', keys: '\r', until: /Select Boot Option/ },
    { kind: 'keys', name: 'entered', keys: '', until: DRAWN },
    { kind: 'keys', name: 'back', keys: '\x03', until: /^Delete Boot Option/ },
    { kind: 'keys', name: 'there', keys: '', until: DRAWN },
    { kind: 'keys', name: 'leave', keys: '\x03', until: /^=> $/ },
  ],
  judge(seen) {
    const lines = ['open', 'enter'].flatMap((name) => seen.answer(name).lines);
    return {
      outcome: 'yes',
      words: 'opened, entered its second item, came back and left, by keys alone',
      evidence: consoleEvidence(lines),
    };
  },
};
