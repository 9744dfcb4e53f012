// SPDX-License-Identifier: GPL-2.0-only
/** Whether the router answers, and how soon. */
import { ADDRESS_STEPS, SERVER } from '../network-row.ts';
import { consoleEvidence, type FirmwareRow, lineLike } from '../row.ts';

export const ping: FirmwareRow = {
  id: 'ping',
  title: 'pings its router',
  group: 'network',
  timed: true,
  needs: ['dhcp', 'ping'],
  lacking: 'no',
  media: [],
  served: {},
  steps: [...ADDRESS_STEPS, { kind: 'command', name: 'ping', line: `ping ${SERVER}`, deadlineMs: 15_000 }],
  judge(seen) {
    const answer = seen.answer('ping');
    const alive = lineLike(answer, /is alive/) !== null;
    return {
      outcome: alive ? 'yes' : 'no',
      words: alive ? `answered, the command took ${Math.round(answer.durationMs)} ms` : 'no answer',
      evidence: consoleEvidence(answer.lines, 3),
    };
  },
};
