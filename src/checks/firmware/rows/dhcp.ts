// SPDX-License-Identifier: GPL-2.0-only
/** Whether it gets an address, and how long that takes. */
import { ADDRESS_STEPS } from '../network-row.ts';
import { consoleEvidence, type FirmwareRow, lineLike } from '../row.ts';

export const dhcp: FirmwareRow = {
  id: 'dhcp',
  title: 'gets an address by DHCP',
  group: 'network',
  timed: true,
  needs: ['dhcp'],
  lacking: 'no',
  media: [],
  served: {},
  steps: ADDRESS_STEPS,
  judge(seen) {
    const answer = seen.answer('dhcp');
    const bound = lineLike(answer, /DHCP client bound to address/);
    const told = /bound to address (\S+)(?: \((\d+) ms\))?/.exec(bound?.text ?? '');
    if (told === null) return { outcome: 'no', words: 'no address came', evidence: consoleEvidence(answer.lines) };
    const within = told[2] === undefined ? '' : ` within ${told[2]} ms of its own clock`;
    return { outcome: 'yes', words: `${told[1]}${within}`, evidence: consoleEvidence(answer.lines, 4) };
  },
};
