// SPDX-License-Identifier: GPL-2.0-only
/** What a report takes from runs and diagnoses: which folders count, and what the later of two says. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Diagnosis } from '../../../src/model/diagnosis.ts';
import { type DiagnosisFact, type Facts, readFacts } from '../../../src/weekly/facts.ts';
import { parseMail } from '../../../src/weekly/parse-mail.ts';
import { factsOfCards } from '../../../src/weekly/run-cards.ts';
import { readSettings } from '../../../src/weekly/settings.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const RUN = '20261125-211243-6f89-str-68';
const WEEK = { timeZone: 'UTC', from: '2026-11-23', to: '2026-11-29', isWanted: (name: string) => name.includes('68') };

/** A diagnosis of a day later, in which every protocol passed. */
function passed(path: string): DiagnosisFact {
  const startedAt = '2026-11-26T10:00:00.000Z';
  const none = { ladders: [], verdicts: [], couldNotLook: [], evidence: [], failed: null };
  const diagnosis: Diagnosis = {
    schema: 3,
    tool: { name: 'hoplab', version: '1.0.0' },
    id: '20261126-100000-0000-str-68',
    startedAt,
    argv: [],
    lab: 'str-68',
    kernel: '6.1',
    guest: null,
    paths: [{ path, backend: path, ...none }],
    unavailable: [],
    sources: [],
    applied: [],
    prices: [],
  };
  return { id: diagnosis.id, day: '2026-11-26', startedAt, diagnosis };
}

describe('runs and diagnoses of a week', () => {
  it('a folder without diagnosis.json is no diagnosis; one that cannot be read is told of', async (context) => {
    const root = temporaryFolder(context);
    const folder = (name: string) => join(root, 'diagnoses', name);
    for (const name of ['20261125-100000-aaaa-trace', '20261125-110000-bbbb-tap'])
      mkdirSync(folder(name), { recursive: true });
    writeFileSync(join(folder('20261125-110000-bbbb-tap'), 'diagnosis.json'), '{');
    const { diagnoses, problems } = await readFacts({ root, ...WEEK });
    assert.deepEqual(diagnoses, []);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', /^diagnosis 20261125-110000-bbbb-tap: /);
  });

  it('a path that was measured stays so where a diagnosis passes later', async () => {
    const root = join(projectFolder(), 'examples', 'weekly', 'recorded');
    const read: Facts = await readFacts({ root, ...WEEK });
    const facts = { ...read, diagnoses: [passed('macvtap'), passed('xdp')] };
    const mail = parseMail('[STR-68] (x)\n  a. macvtap: todo\n  b. xdp: todo\n');
    const [card] = factsOfCards(mail, facts, readSettings('/no/reports'));
    const last = (path: string) => card?.states.findLast((state) => state.path === path);
    assert.equal(last('macvtap')?.source, `run ${RUN}`);
    assert.equal(last('xdp')?.reason, 'every protocol passes; not measured');
  });
});
