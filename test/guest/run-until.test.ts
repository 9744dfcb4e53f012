// SPDX-License-Identifier: GPL-2.0-only
/** A run adds draws in the lab that is open, ends by its rule, and says so. */
// @alone
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { needs } from '../support/needs.ts';
import { RunRig } from '../support/run-rig.ts';

const LAB = `
guest: {accel: tcg, memory: 256MiB}
paths: {tap: {}, macvtap: {}}
probes: [{protocol: tcp_rr, count: 100}]
compare: {until: 0.01%, max-draws: 8, margin: 0%, transactions: 400, warmup: 50}
`;

it('run adds draws until the rule or a budget ends it, in one lab and one guest, and records why', {
  timeout: 600_000,
  skip: needs('root', 'linux'),
}, async (t) => {
  await using rig = await RunRig.open();
  const { report, outcome, folder } = await rig.runLab('until', LAB);
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.deepEqual(report.failed, []);
  const [probe] = report.probes;
  assert.ok(probe !== undefined && report.until !== undefined);
  t.diagnostic(outcome.stdout);
  assert.equal(probe.comparisons.length, 2);
  for (const { draws, sequential, relativeInterval } of probe.comparisons) {
    assert.ok(sequential !== undefined && relativeInterval !== null);
    assert.equal(sequential.looks.at(-1), draws.length);
    assert.equal(sequential.maxDraws, 8);
    assert.ok(draws.length >= 4 && draws.length % 2 === 0);
    assert.deepEqual(
      draws.map(({ draw, reversed }) => [draw, reversed]),
      draws.map((_, draw) => [draw, draw % 2 === 1]),
    );
    // No margin and a width that no draws reach: only a difference ends it earlier.
    assert.ok(sequential.ended === 'draws' ? draws.length === 8 : sequential.ended !== null, `${sequential.ended}`);
  }
  assert.ok(report.until.ended === 'draws' || report.until.ended === 'settled' || report.until.ended === 'control');
  assert.match(outcome.stdout, /budget of 8 draws ended it|stopped after \d draws/);
  assert.match(outcome.stderr, /draws?: \d of 2 comparisons go on/);
  const boots = readdirSync(join(folder, 'logs')).filter((name) => /^qemu|^guest/.test(name));
  t.diagnostic(boots.join(' '));
  assert.equal(outcome.stderr.match(/boot guest/g)?.length, 1, 'one guest for all draws');
});
