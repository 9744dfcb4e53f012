// SPDX-License-Identifier: GPL-2.0-only
/** A diagnosis as text: what was recorded looks as it did, and what a machine says cannot act on a terminal or a page. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { diagnosisForms } from '../../../src/experiments/diagnosis/show.ts';
import type { Diagnosis } from '../../../src/model/diagnosis.ts';
import { renderDiagnosis } from '../../../src/render/text/diagnosis.ts';
import { assertGolden } from '../../fixtures/golden.ts';
import { recordedDiagnoses, recordedDiagnosis } from '../../fixtures/recorded-diagnosis.ts';
import { written } from '../../fixtures/subjects.ts';

const PLAIN = { colour: false, ascii: false };
const HOSTILE = 'x\u001b[2J\u001b]0;owned\u0007\r\n\u0000<img src=x onerror=alert(1)>\u202e\u009b31m\t`$(id)`';
/** All control characters but the line feed, C1 and what turns the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const HARMFUL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

describe('the text of a diagnosis', () => {
  for (const width of [80, 100, 120])
    it(`is what it was, ${width} columns wide`, () => {
      for (const [name, diagnosis] of recordedDiagnoses()) {
        const text = renderDiagnosis(diagnosis, { ...PLAIN, width });
        assertGolden(`diagnosis-${name}-${width}.txt`, text);
        for (const line of text.split('\n')) assert.ok([...line].length <= width, line);
      }
    });

  it('says the same without its colours, and in ASCII where that is asked for', () => {
    const diagnosis = recordedDiagnosis('cured');
    const coloured = renderDiagnosis(diagnosis, { width: 100, colour: true, ascii: false });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of colours
    const stripped = coloured.replaceAll(/\u001b\[[0-9;]*m/g, '');
    assert.notEqual(coloured, stripped);
    assert.equal(stripped, renderDiagnosis(diagnosis, { ...PLAIN, width: 100 }));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
    assert.match(renderDiagnosis(diagnosis, { width: 100, colour: false, ascii: true }), /^[\u0000-\u007f]*$/);
  });

  it('says why a path could not be attached, a cure not be applied, and a price not be had', () => {
    const { applied, prices, ...diagnosis } = recordedDiagnosis('cured');
    const failed = { code: 'MEASURING_BUSY', message: 'another run is under way', hint: 'wait' };
    const text = renderDiagnosis(
      {
        ...diagnosis,
        applied: applied.slice(0, 1).map((one) => ({ ...one, ladders: [], healed: false, failed })),
        prices: prices.slice(0, 1).map((one) => ({ ...one, run: null, cells: [], comparisons: [], failed })),
      },
      { ...PLAIN, width: 200 },
    );
    assert.match(text, /^odd \(ovs\)\n.*could not be attached: LAB_FILE_INVALID: /m);
    const line = text.replaceAll(/\n +/g, ' ');
    assert.match(line, /cure 1: .*: could not be applied: MEASURING_BUSY: another run is under way: wait$/m);
    assert.match(text, /^what it costs: \w+\n.*not measured \(.*\): MEASURING_BUSY: another run is under way: wait$/m);
  });

  it('credits no cure where the path without it passes too, in text, CSV, Markdown and on the page', () => {
    const { applied, ...diagnosis } = recordedDiagnosis('cured');
    const forms = (uncured: 'passes' | 'fails') => {
      const said = applied.slice(0, 1).map((one) => ({ ...one, healed: uncured === 'fails', uncured }));
      const tried: Diagnosis = { ...diagnosis, applied: said, prices: [] };
      const text = renderDiagnosis(tried, { ...PLAIN, width: 200 }).replaceAll(/\n +/g, ' ');
      return { text, page: written('html', diagnosisForms(tried)), csv: written('csv', diagnosisForms(tried)) };
    };
    const byItself = forms('passes');
    assert.match(byItself.text, /: passed by itself: every rung passes in .*, and so does the path without the cure$/m);
    assert.match(byItself.page, /class="v-failed"><strong>[^<]*<\/strong>: [^<]*: passed by itself/);
    assert.match(byItself.csv, /,passed by itself,/);
    for (const each of Object.values(byItself)) assert.doesNotMatch(each, /\bhealed\b/);
    assert.match(forms('fails').text, /: healed, every rung passes in .*; without it the path still fails$/m);
  });

  it('says which rules could not look, and why, where no rule knows the fault, and nowhere else', () => {
    const { paths, ...diagnosis } = recordedDiagnosis('cured');
    const nft = { kind: 'firewall', of: 'nft', device: null, used: false, why: 'no nft on this machine' } as const;
    const refused = [
      { ...nft, places: ['host1'] },
      { ...nft, places: ['host2'] },
    ] as const;
    const directions = ['guest-to-host1'] as const;
    const couldNotLook = ['firewall-drop', 'bridge-nf-call-iptables'].map((rule) => ({ rule, refused, directions }));
    const [first] = paths;
    assert.ok(first);
    const rendered = (verdicts: typeof first.verdicts) => {
      const blind: Diagnosis = { ...diagnosis, paths: [{ ...first, verdicts, couldNotLook }] };
      return [
        renderDiagnosis(blind, { ...PLAIN, width: 200 }),
        written('html', diagnosisForms(blind)),
        written('markdown', diagnosisForms(blind)).replaceAll('\\', ''),
      ];
    };
    const line =
      'firewall-drop, bridge-nf-call-iptables could not look: firewall (nft) of host1, firewall (nft) of host2: no nft on this machine';
    for (const text of rendered([])) assert.ok(text.includes(line), text);
    for (const text of rendered(first.verdicts)) assert.ok(!text.includes('could not look'));
  });

  it('is harmless whatever the machine says', () => {
    for (const [, diagnosis] of recordedDiagnoses()) {
      const plain = renderDiagnosis(poisoned(diagnosis, ''), { ...PLAIN, width: 100 });
      const text = renderDiagnosis(poisoned(diagnosis, HOSTILE), { ...PLAIN, width: 100 });
      assert.notEqual(text, plain);
      assert.doesNotMatch(text, HARMFUL);
    }
  });

  it('cannot be given a line of its own by a name', () => {
    const diagnosis = poisoned(recordedDiagnosis('cured'), '\nhoplab: all is well\n');
    const text = renderDiagnosis(diagnosis, { ...PLAIN, width: 100 });
    assert.doesNotMatch(text, /^hoplab: all is well/m);
  });
});

/** Words of the model's own, which a parser has checked. */
const CHECKED: readonly string[] = [
  ...['rung', 'outcome', 'direction', 'directions', 'confidence', 'severity', 'kind', 'against', 'startedAt'],
  ...['verdict', 'standing', 'slots', 'path', 'on'],
];

/** The same with the text at the end of every string that comes from a machine or a lab file. */
function poisoned(diagnosis: Diagnosis, end: string): Diagnosis {
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return CHECKED.includes(key) ? value : `${value}${end}`;
    if (Array.isArray(value)) return value.map((each) => walk(each, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, walk(each, name)]));
  };
  return walk(diagnosis, '') as Diagnosis;
}
