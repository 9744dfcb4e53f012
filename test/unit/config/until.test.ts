// SPDX-License-Identifier: GPL-2.0-only
/** Until when draws are added: in a lab file, as options, and what does not fit. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LabOverrides } from '../../../src/config/lab-overrides.ts';
import { makeLab } from '../../../src/config/make-lab.ts';
import { readUntil } from '../../../src/config/until-words.ts';
import { HoplabError } from '../../../src/model/errors.ts';

const inFile = (compare: string, over: LabOverrides = {}) =>
  makeLab({ file: '/tmp/lab.yaml', text: `paths: {tap: {}, macvtap: {}}\ncompare: {${compare}}\n` }, over).comparison;

function refuses(make: () => unknown, message: RegExp): void {
  assert.throws(make, (error) => error instanceof HoplabError && message.test(`${error.message} ${error.hint}`));
}

describe('until', () => {
  it('is absent where the number of draws is fixed', () => {
    assert.equal('until' in makeLab(null, {}).comparison, false);
    assert.equal('until' in inFile('draws: 8'), false);
  });

  it('has its budgets by default, in the file, and as options that win', () => {
    assert.deepEqual(inFile('until: 1%').until, { halfWidth: 0.01, maxDraws: 40, maxTimeNs: null });
    const full = 'until: 0.5%, max-draws: 12, max-time: 5m';
    assert.deepEqual(inFile(full).until, { halfWidth: 0.005, maxDraws: 12, maxTimeNs: 300e9 });
    const over = { ...readUntil({ until: '2%', maxTime: '90s' }), maxDraws: 6 };
    assert.deepEqual(inFile(full, over).until, { halfWidth: 0.02, maxDraws: 6, maxTimeNs: 90e9 });
    assert.deepEqual(inFile('until: 1%, draws: 60').until?.maxDraws, 60);
    assert.equal('until' in inFile(full, { effort: 'quick' }), false);
  });

  it('refuses what cannot be kept', () => {
    refuses(() => inFile('max-draws: 8'), /belongs to draws that are added/);
    refuses(() => inFile('until: 1'), /per cent/);
    refuses(() => inFile('until: 1%, max-draws: 7'), /even/);
    refuses(() => inFile('until: 1%, draws: 2'), /at least 4 draws/);
    refuses(() => inFile('until: 1%, draws: 8, max-draws: 6'), /at least the 8 draws/);
    refuses(() => makeLab(null, { maxDraws: 8 }), /add --until 1%/);
    refuses(() => makeLab(null, { until: 0.01, draws: 0 }), /at least 4 draws/);
    refuses(() => readUntil({ until: '0%' }), /--until: must be between 0.01% and 100%/);
    refuses(() => readUntil({ maxTime: '5' }), /--max-time: .*unit/);
  });
});
