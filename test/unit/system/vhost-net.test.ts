// SPDX-License-Identifier: GPL-2.0-only
/** vhost-net is there where its node opens, and nowhere else; what does not open is said with its code, up to the plan. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { decideVhost } from '../../../src/backends/common.ts';
import { vhostMissing } from '../../../src/diagnose/rules/vhost-missing.ts';
import { lookAtVhostNet } from '../../../src/system/vhost-net.ts';
import { readEvidence } from '../../fixtures/recorded-evidence.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { needs } from '../../support/needs.ts';

const FACTS = { cpus: [0, 1], isolatedCpus: [], arch: 'x86_64' } as const;

describe('vhost-net', { skip: needs('linux') }, () => {
  it('is there where its node opens', async (context) => {
    const node = join(temporaryFolder(context), 'vhost-net');
    writeFileSync(node, '');
    assert.deepEqual(await lookAtVhostNet(node), { kind: 'there' });
  });

  it('is absent where there is no node', async (context) => {
    const found = await lookAtVhostNet(join(temporaryFolder(context), 'vhost-net'));
    assert.equal(found.kind === 'absent' && found.why, 'has no /dev/vhost-net');
  });

  it('is absent where the node has no driver', { skip: needs('root', 'linux') }, async (context) => {
    const node = join(temporaryFolder(context), 'vhost-net');
    // A number that is nobody's: 60 to 63 are for local use.
    assert.equal(spawnSync('mknod', [node, 'c', '63', '250']).status, 0);
    const found = await lookAtVhostNet(node);
    assert.ok(found.kind === 'absent');
    assert.match(found.why, /^does not open \/dev\/vhost-net: (ENXIO|ENODEV)$/);
    assert.notEqual(found.cure, '');
  });

  it('is untold where only root may open the node', { skip: needs('root', 'linux') }, async (context) => {
    const node = join(temporaryFolder(context), 'vhost-net');
    writeFileSync(node, '');
    chmodSync(node, 0o600);
    chmodSync(join(node, '..'), 0o755);
    process.seteuid?.(65534);
    try {
      assert.deepEqual(await lookAtVhostNet(node), { kind: 'untold' });
    } finally {
      process.seteuid?.(0);
    }
    assert.deepEqual(await lookAtVhostNet(node), { kind: 'there' }, 'as root');
  });
});

describe('a path that would have vhost', () => {
  const facts = { ...FACTS, vhostNet: false, vhostWhy: 'does not open /dev/vhost-net: ENODEV', vhostCure: 'a cure' };

  it('runs without it, and its plan says why', () => {
    assert.deepEqual(decideVhost('auto', facts), {
      vhost: false,
      notes: ['vhost off: this machine does not open /dev/vhost-net: ENODEV (a cure)'],
    });
    assert.deepEqual(decideVhost('auto', { ...FACTS, vhostNet: true }), { vhost: true, notes: [] });
    assert.deepEqual(decideVhost('auto', { ...FACTS, vhostNet: false }).notes, [
      'vhost off: this machine has no /dev/vhost-net (hoplab doctor says what brings it)',
    ]);
  });

  it('is diagnosed with that reason', () => {
    const evidence = readEvidence('fault-icmp-ignored');
    const checked = vhostMissing.check({ ...evidence, facts });
    assert.ok(checked !== null && !Array.isArray(checked));
    assert.ok('evidence' in checked);
    assert.deepEqual(checked.evidence.at(-1), 'this machine does not open /dev/vhost-net: ENODEV');
  });
});
