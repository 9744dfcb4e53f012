// SPDX-License-Identifier: GPL-2.0-only
/** Every rule of the diagnosis, against the fault that it knows, produced for real in a lab with a guest. */
// @first 3
// @waits

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Diagnosis, PathDiagnosis } from '../../src/model/diagnosis.ts';
import type { Direction } from '../../src/model/place.ts';
import { everyRule } from '../support/every-rule.ts';
import { killAllHoplabs, startHoplab } from '../support/hoplab.ts';
import { assertAllGone, assertMachineClean } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';
import { FAULT_LABS, type Fault, faultLab, RUNGS } from './faults.ts';

/** Produced by tests of their own, because a lab file cannot: see diagnose-redirect.test.ts. */
const ELSEWHERE = ['redirect-refused'];

describe('hoplab diagnose', { timeout: 1_200_000, skip: needs('root', 'linux') }, () => {
  let root: string;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
  });

  after(async () => {
    killAllHoplabs();
    await rm(root, { recursive: true, force: true });
  });

  /** Diagnoses a lab whose paths are the faults, in one direction. */
  async function diagnose(name: string, faults: readonly Fault[], direction: Direction): Promise<Diagnosis> {
    const file = join(root, `${name}.yaml`);
    await writeFile(file, faultLab(faults));
    const runs = join(root, name);
    const what = ['--direction', direction, '--rungs', RUNGS.join(','), '--runs', runs];
    const running = startHoplab(['diagnose', file, '--force', '--json', ...what]);
    const { code, stdout, stderr } = await running.done;
    assert.equal(code, 3, stderr);
    await assertAllGone(running.mark);
    await assertMachineClean(join(runs, 'diagnoses'));
    return JSON.parse(stdout);
  }

  function judge(diagnosis: Diagnosis, fault: Fault): void {
    const path = diagnosis.paths.find((each) => each.path === fault.path);
    assert.ok(path, `${fault.path} was not looked at`);
    assert.equal(path.failed, null);
    const verdict = path.verdicts.find(({ rule }) => rule === fault.rule);
    assert.ok(verdict, `no ${fault.rule}; ${sayVerdicts(path)}`);
    if (verdict.severity === 'broken') assert.equal(path.verdicts[0]?.rule, fault.rule, sayVerdicts(path));
    if (fault.at !== undefined && fault.at !== null) assert.match(verdict.at ?? '', fault.at);
    if (fault.confidence !== undefined) assert.equal(verdict.confidence, fault.confidence);
    for (const line of fault.evidence)
      assert.ok(
        verdict.evidence.some((each) => line.test(each)),
        `no evidence like ${line}: ${verdict.evidence.join('\n')}`,
      );
    if (fault.cure !== undefined) assert.match(verdict.cures[0]?.what ?? '', fault.cure);
  }

  for (const [name, faults, direction] of FAULT_LABS) {
    describe(direction === 'guest-to-host1' ? `from the guest, ${name}` : direction, () => {
      let diagnosis: Diagnosis;

      before(async () => {
        diagnosis = await diagnose(name, faults, direction);
      });

      for (const fault of faults) it(`names ${fault.rule} for ${fault.path}`, () => judge(diagnosis, fault));

      it('keeps the frames of every path that fails, and nothing of those that pass', async () => {
        const [id = ''] = await readdir(join(root, name, 'diagnoses'));
        const kept = (await readdir(join(root, name, 'diagnoses', id))).filter((file) => file.endsWith('.pcapng'));
        const failing = diagnosis.paths.filter(({ ladders }) =>
          ladders.some(({ rungs }) => rungs.some(({ outcome }) => outcome === 'fail')),
        );
        assert.deepEqual(kept.sort(), failing.map(({ path }) => `${path}-${direction}.pcapng`).sort());
      });
    });
  }

  it('has a fault for every rule', () => {
    const produced = FAULT_LABS.flatMap(([, faults]) => faults.map(({ rule }) => rule));
    assert.deepEqual(everyRule.map(({ name }) => name).sort(), [...new Set([...produced, ...ELSEWHERE])].sort());
  });
});

function sayVerdicts({ verdicts, ladders }: PathDiagnosis): string {
  const failing = ladders.flatMap(({ rungs }) =>
    rungs.filter(({ outcome }) => outcome === 'fail').map(({ rung }) => rung),
  );
  return `verdicts ${verdicts.map(({ rule, text }) => `${rule}: ${text}`).join(' | ') || '(none)'}; failing ${failing.join(', ')}`;
}
