// SPDX-License-Identifier: GPL-2.0-only
/** What would bring what is missing: tried on this machine, the same word everywhere, and looked up as it is started. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { readAbilities } from '../../../src/system/abilities.ts';
import { deviceCure, governorCure, moduleCure, vhostCure } from '../../../src/system/cures.ts';
import { run } from '../../../src/system/exec.ts';
import { readMachineFacts } from '../../../src/system/facts.ts';
import { findTool } from '../../../src/system/find-tool.ts';
import { probeRequirements } from '../../../src/system/requirements.ts';
import { DECLARED_TOOLS } from '../../../src/system/tools.ts';

const { signal } = new AbortController();
const skip = process.platform !== 'linux' && 'needs Linux';

describe('what would bring a module', { skip }, () => {
  it('is a modprobe that works, and never one that fails here', async () => {
    for (const module of ['vhost_net', 'tun', 'bridge', 'no_such_module']) {
      const { status } = spawnSync('/bin/sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin modprobe -n -q ${module}`]);
      const expected = status === 0 ? `modprobe ${module}` : `boot a kernel that has ${module}`;
      assert.equal(await moduleCure(module), expected);
    }
  });

  it('is none for the node of a device whose driver is there: that must be given to the machine', async () => {
    const [loaded = 'kernel'] = readdirSync('/sys/module');
    assert.equal(await deviceCure('/dev/that', loaded), 'give this machine /dev/that');
    assert.equal(await deviceCure('/dev/that', null), 'give this machine /dev/that');
    assert.equal(await deviceCure('/dev/that', 'no_such_module'), 'boot a kernel that has no_such_module');
  });

  it('is one word in doctor, in a requirement and in the facts that plan, run, trace and diagnose go by', async (t) => {
    if (existsSync('/dev/vhost-net')) return t.skip('this machine has vhost-net');
    const cure = await vhostCure();
    const facts = await readMachineFacts();
    assert.equal(facts.vhostCure, cure);
    const device = { kind: 'device', path: '/dev/vhost-net', module: 'vhost_net' } as const;
    const [probed] = await probeRequirements([device], { signal, guestKernel: async () => '' });
    assert.equal(probed?.hint, cure);
    const abilities = await readAbilities({ facts, runsRoot: '/tmp', signal });
    assert.equal(abilities.find(({ name }) => name === 'vhost-net')?.hint, cure);
  });

  it('nor is a governor offered that the CPUs do not have', async () => {
    const governors = '/sys/devices/system/cpu/cpu0/cpufreq/scaling_available_governors';
    const cure = await governorCure();
    if (!existsSync(governors)) assert.equal(cure, '');
    else if (cure.startsWith('cpupower')) assert.notEqual(await findTool('cpupower'), null);
  });
});

describe('a program', { skip }, () => {
  it('is found where it is started from, every one that hoplab declares, on a PATH without sbin too', async () => {
    const declared = DECLARED_TOOLS.flatMap((each) => (each.kind === 'tool' ? [each.name] : []));
    const names = [
      ...new Set([...declared, 'qemu-system-x86_64', 'passt', 'ovs-vswitchd', 'ovsdb-server', 'modprobe']),
    ];
    const path = process.env.PATH;
    try {
      process.env.PATH = '/usr/local/bin:/usr/bin:/bin';
      const found = await Promise.all(names.map(async (name) => (await findTool(name)) ?? '-'));
      assert.ok(
        found.some((each) => each.includes('/sbin/')),
        'no tool of this machine is in an sbin',
      );
      const ask = 'for name; do type -P "$name" || echo -; done';
      const { stdout } = await run(['bash', '-c', ask, 'bash', ...names], { signal });
      assert.deepEqual(stdout.trim().split('\n'), found);
    } finally {
      process.env.PATH = path;
    }
  });
});
