// SPDX-License-Identifier: GPL-2.0-only
/** A far end that stops taking redirected frames behind the bridge's back: the rule that a lab file cannot produce. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { diagnosePath, type LookedAtPath } from '../../src/lab/diagnose/diagnose-path.ts';
import { runAt } from '../../src/lab/live/open.ts';
import type { PathDiagnosis } from '../../src/model/diagnosis.ts';
import { needs } from '../support/needs.ts';
import { type OpenedLab, openTestLab } from '../support/opened-lab.ts';
import { detachFarEnd, REDIRECT_LAB, REDIRECT_RUNGS } from './redirect-fault.ts';

describe('diagnosing a bridge whose redirects are refused', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let opened: OpenedLab;
  let found: PathDiagnosis | null = null;
  const { signal } = new AbortController();

  before(async () => {
    opened = await openTestLab(REDIRECT_LAB, signal, { observe: true });
  });

  after(async () => {
    await opened?.[Symbol.asyncDispose]();
  });

  function look(name: string): Promise<LookedAtPath> {
    const { lab, path } = opened;
    return diagnosePath(
      { lab, path: path(name), signal },
      { facts: lab.plan.facts, directions: ['guest-to-host1'], rungs: REDIRECT_RUNGS, keep: async () => null },
    );
  }

  it('finds nothing wrong with it before', async () => {
    const { diagnosis } = await look('xdp');
    assert.deepEqual(failing(diagnosis), []);
    assert.deepEqual(broken(diagnosis), []);
  });

  it("names the device, the errno and the tracepoint once the far end's program is gone", async () => {
    await detachFarEnd(opened);
    const { diagnosis } = await look('xdp');
    found = diagnosis;
    assert.deepEqual(failing(diagnosis), ['arp', 'icmp', 'udp-small', 'tcp-connect']);
    const [verdict] = diagnosis.verdicts;
    assert.ok(verdict);
    assert.equal(verdict.rule, 'redirect-refused', broken(diagnosis).join(', '));
    assert.equal(verdict.confidence, 'certain');
    assert.equal(verdict.at, 'w-xdp');
    assert.match(verdict.text, /^XDP redirects frames to w-xdp in host2, which does not take them: .*GRO/);
    const lost = verdict.evidence.filter((line) =>
      /^host2 w-xdp: [1-9]\d* frames, xdp_(redirect_err|devmap_xmit) (EOPNOTSUPP|ENXIO)$/.test(line),
    );
    assert.equal(lost.length, 1, verdict.evidence.join('\n'));
    const [evidence] = diagnosis.evidence;
    assert.ok(evidence?.xdp.some(({ device, frames }) => device === 'w-xdp' && frames > 0));
    assert.match(evidence?.traced[0] ?? '', /between bridge, wire side \(w-xdp\) and wire, far end \(w-xdp\)/);
    assert.deepEqual(verdict.cures[0]?.action, { kind: 'path', options: { mode: 'tc' } });
    assert.match(verdict.cures[1]?.what ?? '', /GRO on at the far end of w-xdp/);
  });

  it('is healed by each of the cures that it names: GRO at the far end, and mode: tc', async () => {
    const gro = found?.verdicts[0]?.cures[1]?.action;
    assert.ok(gro?.kind === 'path');
    for (const { on, run } of gro.commands ?? []) await runAt(opened.lab, on, run, signal);
    assert.deepEqual(failing((await look('xdp')).diagnosis), []);
    assert.deepEqual(failing((await look('tc')).diagnosis), []);
  });
});

function failing({ ladders }: PathDiagnosis): string[] {
  return ladders.flatMap(({ rungs }) => rungs.filter(({ outcome }) => outcome === 'fail').map(({ rung }) => rung));
}

function broken({ verdicts }: PathDiagnosis): string[] {
  return verdicts.filter(({ severity }) => severity === 'broken').map(({ rule }) => rule);
}
