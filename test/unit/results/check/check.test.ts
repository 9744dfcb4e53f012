// SPDX-License-Identifier: GPL-2.0-only
/** A check read back: what differs between its columns, its text at every width, and a folder that is damaged or not finished. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { check } from '../../../../src/experiments/check/check.ts';
import type { RecordedCheck } from '../../../../src/model/check.ts';
import { renderCheck } from '../../../../src/render/text/check.ts';
import { checkDifferences } from '../../../../src/results/check/differences.ts';
import { readCheck } from '../../../../src/results/check/read.ts';
import { createRunFolder } from '../../../../src/run-store/create-run-folder.ts';
import { assertGolden } from '../../../fixtures/golden.ts';
import { RECORDED_CHECK, recordCheck } from '../../../fixtures/recorded-check.ts';
import { temporaryFolder } from '../../../fixtures/temporary-folder.ts';

const PLAIN = { colour: false, ascii: false };

describe('what differs between two columns', () => {
  it('is another outcome or another finding, where both could be asked', () => {
    assert.deepEqual(checkDifferences(RECORDED_CHECK), [
      {
        from: '2023.01',
        to: '2025.01',
        rows: [
          { row: 'removable-usb', from: 'yes, distro script', to: 'yes, boot manager' },
          { row: 'damaged-loader', from: 'refused', to: 'partly' },
        ],
      },
    ]);
  });

  it('is nothing of a single column', () => {
    const [first] = RECORDED_CHECK.columns;
    assert.ok(first);
    assert.deepEqual(checkDifferences({ ...RECORDED_CHECK, columns: [first] }), []);
  });
});

describe('the text of a check', () => {
  for (const width of [60, 100])
    it(`has every row, column and reason, ${width} columns wide`, async (context) => {
      const report = readCheck(await recordCheck(temporaryFolder(context)));
      const fixed = { ...report, run: { ...report.run, id: 'ID', startedAt: '2026-03-02T09:30:00.000Z' } };
      const text = renderCheck(fixed, { ...PLAIN, width });
      assertGolden(`check-${width}.txt`, text);
      for (const line of text.split('\n')) assert.ok([...line].length <= width, line);
    });

  it('gives every row its columns one below the other where many do not fit beside it', async (context) => {
    const many: RecordedCheck = {
      ...RECORDED_CHECK,
      columns: Array.from({ length: 5 }, (_, index) => ({ id: `build-${index}`, title: `build ${index}`, facts: [] })),
      verdicts: RECORDED_CHECK.rows.flatMap(({ id: row }) =>
        Array.from({ length: 5 }, (_, index) => ({
          ...{ row, column: `build-${index}`, outcome: 'yes' as const, found: 'found', words: 'seen' },
          ...{ evidence: [], durationMs: 1 },
        })),
      ),
    };
    const report = readCheck(await recordCheck(temporaryFolder(context), many));
    const text = renderCheck(report, { ...PLAIN, width: 60 });
    assert.match(text, /^ {2}comes to its prompt\n {4}build-0: yes, found\n {4}build-1: yes, found\n/m);
    for (const line of text.split('\n')) assert.ok(line.length <= 60, line);
  });
});

describe('the folder of a check', () => {
  it('that is not finished shows what was asked so far', async (context) => {
    const root = temporaryFolder(context);
    const folder = await createRunFolder(root, { label: null, version: '0.1.0', argv: ['check'], kind: 'check' });
    await folder.writeCheck({ ...RECORDED_CHECK, verdicts: RECORDED_CHECK.verdicts.slice(0, 1) });
    await folder.finish('interrupted', null);
    const entry = check.entry(folder.path);
    assert.equal(entry?.state, 'interrupted');
    assert.equal(entry?.outcome, 'firmware, 2023.01 and 2025.01: 1 yes');
    const { text } = await check.read(folder.path, { version: '0.1.0', pictures: false });
    assert.match(
      text({ ...PLAIN, width: 100 }),
      /U-Boot 2023.01: 1 yes, 4 not asked\n {2}U-Boot 2025.01: nothing was asked, 5 not asked/,
    );
  });

  it('that is damaged or newer is one error, and an entry that says so', async (context) => {
    const root = temporaryFolder(context);
    const path = await recordCheck(root);
    writeFileSync(join(path, 'check.json'), JSON.stringify({ ...RECORDED_CHECK, schema: 2 }));
    assert.throws(() => readCheck(path), { code: 'RUN_TOO_NEW' });
    writeFileSync(join(path, 'check.json'), '{"schema": 1, "rows": 3}');
    assert.throws(() => readCheck(path), { code: 'RUN_DAMAGED', message: /check.json: not that of a check/ });
    rmSync(join(path, 'check.json'));
    assert.throws(() => readCheck(path), { code: 'RUN_DAMAGED', message: /check.json: missing/ });
    assert.equal(check.entry(path)?.problem, 'check.json: missing or cannot be read');
  });
});
