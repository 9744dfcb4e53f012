// SPDX-License-Identifier: GPL-2.0-only
/** What U-Boot's own test of its UEFI comes to, in a build that has it. */
import { consoleEvidence, type FirmwareRow, lineLike } from '../row.ts';

const SUMMARY = /^Summary: (\d+) failures?/;

export const selfTest: FirmwareRow = {
  id: 'self-test',
  title: "U-Boot's own test of its UEFI passes",
  group: 'UEFI',
  timed: true,
  needs: ['bootefi'],
  media: [{ id: 'disk', bus: 'virtio', loader: 'missing' }],
  // One of its tests asks for an address.
  served: {},
  steps: [
    { kind: 'command', name: 'scan', line: 'virtio scan' },
    // A build without it says how the command is used.
    { kind: 'keys', name: 'test', keys: 'bootefi selftest\r', until: /^(Summary:|Usage:)/, deadlineMs: 120_000 },
  ],
  judge(seen) {
    const answer = seen.answer('test');
    const summary = lineLike(answer, SUMMARY);
    if (summary === null) {
      return {
        outcome: 'could-not-look',
        words: 'this build has no self-test',
        evidence: consoleEvidence(answer.lines, 3),
      };
    }
    const failures = Number(SUMMARY.exec(summary.text)?.[1]);
    const failed = answer.lines.flatMap(
      ({ text }) => /(?:Executing|Setting up|Tearing down) '(.+)' failed/.exec(text)?.[1] ?? [],
    );
    const errors = answer.lines.filter(({ text }) => / failed$|^Error:|ERROR/.test(text));
    const isTiming = errors.some(({ text }) => /timing/i.test(text));
    return {
      outcome: failures === 0 ? 'yes' : 'partly',
      found: failures === 1 ? '1 failure' : `${failures} failures`,
      words:
        failures === 0
          ? 'no failure'
          : `failed: ${failed.join(', ')}${isTiming ? '; timing is that of this machine, under its load' : ''}`,
      evidence: [...consoleEvidence(errors), ...consoleEvidence([summary])],
    };
  },
};
