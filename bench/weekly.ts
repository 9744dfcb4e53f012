// SPDX-License-Identifier: GPL-2.0-only
/**
 * What reading a mailbox costs: mails of a writer, half of them reports, sorted and parsed as `hoplab weekly start` does.
 * Usage: node weekly.js --help
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { oldMails, sortMails } from '../src/weekly/old-mails.ts';
import { projectFolder } from '../test/fixtures/project-folder.ts';
import { parseBenchOptions } from './support/bench-options.ts';
import { runBench } from './support/bench-process.ts';
import { renderGoals } from './support/goal-table.ts';

const GOAL_MS = 2000;

const { numbers } = parseBenchOptions(
  'weekly',
  { mailbox: 'a mailbox of reports and patches: time until every report has its tree' },
  {
    mails: { says: 'mails in the mailbox', least: 2, usual: 1000 },
    rounds: { says: 'rounds; the median counts', least: 1, usual: 5 },
  },
);

await runBench('weekly', async ({ folder, print }) => {
  const file = join(folder, 'sent.mbox');
  const report = readFileSync(join(projectFolder(), 'examples', 'weekly', 'old-mail.txt'), 'utf8');
  const patch = 'From: A. Engineer <a.engineer@example.org>\nSubject: [PATCH v2] net: x\n\n---\n';
  const mails = Array.from({ length: numbers.mails }, (_, at) => {
    return `From a@example.org Fri Mar 18 10:00:00 2022\n${at % 2 === 0 ? report : `${patch}${'+line\n'.repeat(100)}`}\n`;
  });
  writeFileSync(file, mails.join(''));
  const times: number[] = [];
  let found = 0;
  for (let round = 0; round < numbers.rounds; round++) {
    const started = performance.now();
    const read = [];
    for await (const mail of oldMails(file)) read.push(mail);
    found = sortMails(read, { own: [], dayOf: () => null }).filter(({ report }) => report.ok).length;
    times.push(performance.now() - started);
  }
  const median = times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
  const what = `${numbers.mails} mails, ${found} reports`;
  const goal = `at most ${GOAL_MS} ms`;
  print(renderGoals('mailbox', [{ what, measured: `${median.toFixed(0)} ms`, goal, met: median <= GOAL_MS }]));
});
