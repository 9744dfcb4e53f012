// SPDX-License-Identifier: GPL-2.0-only
/** A block is named by probe, round or draw, and paths; its id never reaches a reader. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { defaultLabSpec } from '../../../src/config/to-lab-spec.ts';
import { planLab } from '../../../src/lab/plan/plan.ts';
import { planTrace } from '../../../src/lab/trace.ts';
import { blockName } from '../../../src/words/block-name.ts';

const FACTS = { cpus: [0, 1], isolatedCpus: [], vhostNet: false, arch: 'x86_64' };

it('a block of a run says its probe, which round or draw of how many, and its paths', () => {
  const plan = planLab(defaultLabSpec(), FACTS, []);
  const names = plan.blocks.map((block) => blockName(block, plan));
  assert.ok(names.includes('tcp-rr, round 1 of 4: host'), names.join('\n'));
  assert.ok(names.some((name) => /^tcp-rr-10ms, round 4 of 4: \d paths in rotation$/.test(name)));
  assert.ok(names.includes('tcp-rr, draw 2 of 4: tap-twin against tap'));
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.doesNotMatch(name, /overview-|draw-/);
});

it('a block of a trace says its pair, and whether it is traced; a draw beyond the plan is of no known number', () => {
  const spec = defaultLabSpec();
  const lab = planLab({ ...spec, paths: spec.paths.filter(({ name }) => name === 'tap') }, FACTS, []);
  const plan = planTrace(lab, { spec, pairs: 2, count: 50 });
  const [first = ''] = plan.blocks.map((block) => blockName(block, plan));
  assert.match(first, /^pair 1 of 2, not traced: tap/);
  const run = planLab(spec, FACTS, []);
  const draw = run.blocks.find((block) => block.draw !== null) ?? assert.fail();
  const added = { ...draw, draw: { ...(draw.draw ?? assert.fail()), draw: 4 } };
  assert.match(blockName(added, run), /^tcp-rr, draw 5: /);
});
