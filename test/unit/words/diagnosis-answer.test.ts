// SPDX-License-Identifier: GPL-2.0-only
/** What a diagnosis answers in short: the verdict of each path, what cures it, or that every rung passes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { diagnosisForms } from '../../../src/experiments/diagnosis/show.ts';
import type { Diagnosis, PathDiagnosis } from '../../../src/model/diagnosis.ts';
import { RUNGS, type RungResult } from '../../../src/model/ladder.ts';
import type { Direction } from '../../../src/model/place.ts';
import { diagnosisAnswers, diagnosisCounts } from '../../../src/words/diagnosis-answer.ts';
import { recordedDiagnosis } from '../../fixtures/recorded-diagnosis.ts';
import { written } from '../../fixtures/subjects.ts';

const passing = (rung: RungResult['rung'], outcome: RungResult['outcome'] = 'pass'): RungResult => ({
  ...{ rung, outcome, detail: '5 of 5 answered', sent: 5, answered: 5, errno: null, ms: 3 },
});

const ladder = (direction: Direction, rungs: readonly RungResult[]) => ({ path: 'tap', direction, rungs });

function looked(change: Partial<PathDiagnosis>): Diagnosis {
  const path: PathDiagnosis = {
    ...{ path: 'tap', backend: 'tap', ladders: [], verdicts: [], couldNotLook: [], evidence: [], failed: null },
    ...change,
  };
  return { ...recordedDiagnosis('cured'), paths: [path], applied: [], prices: [], unavailable: [] };
}

const answer = (change: Partial<PathDiagnosis>): string => diagnosisAnswers(looked(change))[0]?.text ?? '';

describe('the answer of a diagnosis', () => {
  it('of a healthy path is that every rung passes, which were asked, and in which directions', () => {
    const all = RUNGS.map((rung) => passing(rung));
    const both = [ladder('guest-to-host1', all), ladder('host1-to-guest', all)];
    assert.equal(
      answer({ ladders: both }),
      'tap: every rung passes: 32 of 32 (link to multicast), guest -> host1 and host1 -> guest',
    );
    const few = [ladder('guest-to-host1', [passing('link'), passing('icmp')])];
    assert.equal(answer({ ladders: few }), 'tap: every rung passes: 2 of 2 (link, icmp), guest -> host1');
    const nat = [ladder('guest-to-host1', [passing('link'), passing('vlan', 'not-applicable')])];
    assert.equal(answer({ ladders: nat }), 'tap: every rung passes: 1 of 2 (link, vlan), guest -> host1; n/a: vlan');
  });

  it('keeps what is slow beside it, and says nothing of a path to which no rung applies', () => {
    const [{ verdicts = [] } = {}] = recordedDiagnosis('cured').paths;
    const slow = verdicts.filter(({ severity }) => severity === 'slow');
    assert.equal(slow.length, 1);
    const ladders = [ladder('guest-to-host1', [passing('link')])];
    assert.match(
      answer({ ladders, verdicts: slow }),
      /^tap: every rung passes: 1 of 1 .*; slow: .* \[vhost-missing\]$/,
    );
    assert.match(
      answer({ ladders: [ladder('guest-to-host1', [passing('vlan', 'not-applicable')])] }),
      /^tap: no rung applies to it, so that nothing is known of it$/,
    );
  });

  it('of a broken path is its verdict with how sure it is, what fails, its first cure, and what applied cures came to', () => {
    const diagnosis = recordedDiagnosis('cured');
    const [fine = '', xdp = '', odd = ''] = diagnosisAnswers(diagnosis).map(({ text }) => text);
    assert.match(
      fine,
      /^fine \(tap\): BROKEN: frames of up to 1500 bytes .* \(certain\) \[mtu-mismatch\]; cure: give every/,
    );
    assert.match(fine, /; 2 of 16 rungs fail, guest -> host1, the simplest udp-large; healed by cures 1, 2$/);
    assert.match(xdp, /^xdp \(ebpf\): BROKEN: .*\[partial-checksum-lost\].*; healed by cures 1, 2, 3$/);
    assert.match(odd, /^odd \(ovs\): could not be attached: add the OpenFlow rule/);
    assert.equal(diagnosisCounts(diagnosis), '3 paths: 2 broken, 1 not attached');
    const unhealed = { ...diagnosis, applied: diagnosis.applied.map((one) => ({ ...one, healed: false })) };
    assert.match(diagnosisAnswers(unhealed)[0]?.text ?? '', /; none of the 2 cures that were applied heals it$/);
    const unknown = { ladders: [ladder('guest-to-host1', [passing('link'), passing('icmp', 'fail')])] };
    assert.equal(
      answer(unknown),
      'tap: BROKEN: no rule knows this fault; 1 of 2 rungs fails, guest -> host1, the simplest icmp',
    );
  });

  it('is what text, page and Markdown start with', () => {
    const forms = diagnosisForms(recordedDiagnosis('cured'));
    const lines = diagnosisAnswers(recordedDiagnosis('cured')).map(({ text }) => text);
    const text = forms.text({ width: 2000, colour: false, ascii: false });
    assert.ok(text.startsWith(`in short\n${lines.map((line) => `  ${line}\n`).join('')}`), text.slice(0, 900));
    const [section] = forms.page?.sections({ prefix: '', level: 3 }) ?? [];
    assert.equal(section?.title, 'In short');
    assert.match(String(section?.body), /<li class="v-failed">fine \(tap\): BROKEN: /);
    assert.match(written('markdown', forms), /^## hoplab diagnosis .*\n\n### In short\n\n- fine \(tap\): BROKEN: /);
  });
});
