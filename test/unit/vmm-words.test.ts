// SPDX-License-Identifier: GPL-2.0-only
/** Only src/vmms/qemu knows QEMU: elsewhere its words stand in recorded keys and in texts for people alone. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { projectFolder } from '../fixtures/project-folder.ts';

const SOURCES = join(projectFolder(), 'src');
const OWN = 'vmms/qemu/';
const WORDS = /qemu|qmp|netdev/i;

/** What is written in run folders and results since before there was a second VMM: keys that no reader may lose. */
const RECORDED = [
  'compare/conditions.ts',
  'compare/unlike-table.ts',
  'lab/live/environment.ts',
  'lab/plan/record-plan.ts',
  'model/compare.ts',
  'model/environment.ts',
  'model/machine-line.ts',
  'render/formats/run-metrics.ts',
  'render/text/foot.ts',
  'results/run/environment-rows.ts',
  'results/run/machine-line.ts',
  'results/run/topology.ts',
  'run-store/plan-file.ts',
  'run-store/schemas.ts',
  'system/facts.ts',
];

/** Help, findings and figures that say to people what runs their guest. */
const TEXTS = [
  'backends/common.ts',
  'backends/user/user.ts',
  'config/lab-schema.ts',
  'diagnose/rules/macvtap-multicast.ts',
  'diagnose/rules/vhost-missing.ts',
  'model/errors.ts',
  'render/html/environment-section.ts',
  'results/run/environment-warnings.ts',
  'system/abilities.ts',
];

/** What a distribution calls its packages, what a tool prints of its version: data of requirements. */
const REQUIREMENT_DATA = ['system/distribution.ts', 'system/find-tool.ts'];

/** Open vSwitch has a datapath of the name netdev, nftables a family of tables. */
const OTHERWISE_MEANT = [
  'backends/ovs/bridge.ts',
  'backends/ovs/cure.ts',
  'backends/ovs/ovs.ts',
  'diagnose/firewall-rules.ts',
];

const EXCEPTIONS = [...RECORDED, ...TEXTS, ...REQUIREMENT_DATA, ...OTHERWISE_MEANT, 'vmms/index.ts'].sort();

it('no source outside its folder names QEMU, but for those that are listed, and each of these does', () => {
  const sources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const naming = sources.filter(
    (name) => !name.startsWith(OWN) && WORDS.test(readFileSync(join(SOURCES, name), 'utf8')),
  );
  assert.deepEqual(naming.sort(), EXCEPTIONS);
});

it('nothing but the array imports from its folder', () => {
  const sources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const importing = sources.filter(
    (name) => !name.startsWith(OWN) && /from '[^']*\/qemu\//.test(readFileSync(join(SOURCES, name), 'utf8')),
  );
  assert.deepEqual(importing, ['vmms/index.ts']);
});
