// SPDX-License-Identifier: GPL-2.0-only
/** Whether the firmware comes to its prompt when its start is interrupted, and how long that takes. */
import { consoleEvidence, type FirmwareRow } from '../row.ts';

export const prompt: FirmwareRow = {
  id: 'prompt',
  title: 'comes to its prompt',
  group: 'start',
  timed: true,
  media: [],
  steps: [{ kind: 'command', name: 'version', line: 'version' }],
  judge: (seen) => ({
    outcome: 'yes',
    words: `its prompt came ${((seen.promptMs ?? 0) / 1000).toFixed(1)} s after the start`,
    evidence: consoleEvidence(seen.answer('version').lines, 3),
  }),
};
