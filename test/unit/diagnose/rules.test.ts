// SPDX-License-Identifier: GPL-2.0-only
/** Every rule against the recorded evidence of every fault and of every healthy backend: which speaks, and which is silent. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { conclude } from '../../../src/diagnose/conclude.ts';
import { assertGolden } from '../../fixtures/golden.ts';
import { EVIDENCE_FOLDER, readEvidence, recordedEvidence } from '../../fixtures/recorded-evidence.ts';
import { everyRule } from '../../support/every-rule.ts';

const FAULT = /^fault-/;
const HEALTHY = /^healthy-/;
/** What is slow is no fault, and each machine has its own: this one has no vhost-net. */
const SLOW = 'vhost-missing';
const MAX_BYTES = 450_000;

const faults = recordedEvidence().filter((name) => FAULT.test(name));
const healthy = recordedEvidence().filter((name) => HEALTHY.test(name));

describe('the rules on recorded evidence', () => {
  it('has a fault for every rule, and a healthy path for every backend', () => {
    assert.deepEqual(faults.map((name) => name.replace(FAULT, '')).sort(), everyRule.map(({ name }) => name).sort());
    assert.deepEqual(
      healthy.map((name) => name.replace(HEALTHY, '')),
      ['ebpf', 'host', 'macvtap', 'ovs', 'passt', 'tap', 'user'],
    );
  });

  for (const name of faults) {
    const expected = name.replace(FAULT, '');
    it(`${expected} speaks first of what is broken, or of what is slow, on its own fault`, () => {
      const { verdicts } = conclude(readEvidence(name), everyRule);
      const verdict = verdicts.find(({ rule }) => rule === expected);
      assert.ok(verdict, `${verdicts.map(({ rule }) => rule).join(', ') || 'no rule'} spoke`);
      if (verdict.severity === 'broken') assert.equal(verdicts[0]?.rule, expected);
      assert.ok(verdict.evidence.length > 0);
    });
  }

  for (const name of healthy) {
    it(`none says that ${name.replace(HEALTHY, '')} is broken where it is not`, () => {
      const evidence = readEvidence(name);
      assert.deepEqual(
        evidence.ladder.filter(({ outcome }) => outcome === 'fail'),
        [],
      );
      assert.ok(evidence.captures.length > 0 || name === 'healthy-host', 'it was not watched');
      const spoke = conclude(evidence, everyRule).verdicts.filter(({ rule }) => rule !== SLOW);
      assert.deepEqual(spoke, []);
    });
  }

  it('each is a function of the evidence alone: twice the same, and the evidence is as it was', () => {
    for (const name of recordedEvidence()) {
      const evidence = deepFrozen(readEvidence(name));
      assert.deepEqual(conclude(evidence, everyRule), conclude(evidence, everyRule));
    }
  });

  it('who speaks on what, and how surely, is what it was', () => {
    const lines = recordedEvidence().map((name) => {
      const said = conclude(readEvidence(name), everyRule).verdicts.map(
        ({ rule, confidence, severity, at }) => `${rule} (${confidence}, ${severity}${at === null ? '' : `, ${at}`})`,
      );
      return `${name}: ${said.join('; ') || '-'}`;
    });
    assertGolden('rules.txt', `${lines.join('\n')}\n`);
  });

  it('what was recorded is small, and says nothing of where', () => {
    const files = readdirSync(EVIDENCE_FOLDER).map((file) => join(EVIDENCE_FOLDER, file));
    const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
    assert.ok(bytes < MAX_BYTES, `${bytes} bytes`);
    for (const file of files) assert.doesNotMatch(readFileSync(file, 'utf8'), /\/(?:work|home|root|tmp)\//);
  });
});

/** Typed arrays cannot be frozen. */
function deepFrozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const each of Object.values(value)) deepFrozen(each);
  return Object.freeze(value);
}
