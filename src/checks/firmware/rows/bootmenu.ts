// SPDX-License-Identifier: GPL-2.0-only
/** Whether there is a boot menu that is driven by keys. */
import { consoleEvidence, type FirmwareRow } from '../row.ts';

export const bootmenu: FirmwareRow = {
  id: 'bootmenu',
  title: 'the boot menu is driven by keys',
  group: 'boot entries',
  needs: ['bootmenu'],
  lacking: 'no',
  media: [],
  steps: [
    { kind: 'command', name: 'first', line: "setenv bootmenu_0 'one=echo chose one'" },
    { kind: 'command', name: 'second', line: "setenv bootmenu_1 'two=echo chose two'" },
    { kind: 'keys', name: 'open', keys: 'bootmenu 20\r', until: /two/ },
    { kind: 'keys', name: 'choose', keys: '\x1b[B\r', until: /^chose two/ },
  ],
  judge: (seen) => ({
    outcome: 'yes',
    words: 'the second item was chosen by the cursor key',
    evidence: consoleEvidence(seen.answer('choose').lines, 4),
  }),
};
