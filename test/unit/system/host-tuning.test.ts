// SPDX-License-Identifier: GPL-2.0-only
/** What the kernel of a host tells of KVM, huge pages and its own hypervisor, from files as machines have them. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { kvmFacts } from '../../../src/results/run/kvm-facts.ts';
import { readHostTuning } from '../../../src/system/host-tuning.ts';
import { readHypervisor } from '../../../src/system/hypervisor.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

function machineOf(context: TestContext, files: Readonly<Record<string, string>>): string {
  const root = temporaryFolder(context);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const COMMON = {
  'sys/module/kvm/parameters/halt_poll_ns': '200000\n',
  'sys/kernel/mm/transparent_hugepage/enabled': 'always [madvise] never\n',
  'proc/sys/kernel/sched_rt_runtime_us': '950000\n',
  'proc/sys/kernel/sched_rt_period_us': '1000000\n',
};

describe('the settings of a host', () => {
  it("are those of KVM's vendor module, whatever its name", async (context) => {
    const intel = await readHostTuning(
      machineOf(context, {
        ...COMMON,
        'sys/module/kvm_intel/parameters/nested': 'Y\n',
        'sys/module/kvm_intel/parameters/enable_apicv': 'N\n',
        'sys/module/kvm_intel/parameters/ept': 'Y\n',
      }),
    );
    assert.deepEqual(intel, {
      kvm: { modules: { kvm_intel: { nested: 'Y', enable_apicv: 'N' } }, haltPollNs: 200_000 },
      hugePages: 'madvise',
      rtThrottling: '950000 of 1000000 us',
    });
    assert.deepEqual(kvmFacts(intel), {
      ...{ 'vendor module': 'kvm_intel', nested: 'on', APICv: 'off', halt_poll_ns: '200000' },
    });
    const amd = await readHostTuning(
      machineOf(context, { 'sys/module/kvm_amd/parameters/nested': '1', 'sys/module/kvm_amd/parameters/avic': '0' }),
    );
    assert.deepEqual(kvmFacts(amd), { 'vendor module': 'kvm_amd', nested: 'on', APICv: 'off', halt_poll_ns: '' });
    const other = await readHostTuning(machineOf(context, { ...COMMON, 'sys/module/kvm_pvm/parameters/stats': 'x' }));
    assert.deepEqual(kvmFacts(other), {
      ...{ 'vendor module': 'kvm_pvm', nested: '', APICv: '', halt_poll_ns: '200000' },
    });
  });

  it('are unknown, and no error, where there is no KVM and nothing tells', async (context) => {
    assert.deepEqual(await readHostTuning(machineOf(context, {})), {
      ...{ kvm: { modules: {}, haltPollNs: null }, hugePages: null, rtThrottling: null },
    });
    const unthrottled = await readHostTuning(machineOf(context, { 'proc/sys/kernel/sched_rt_runtime_us': '-1\n' }));
    assert.equal(unthrottled.rtThrottling, 'off');
    assert.equal(kvmFacts({}), null);
  });
});

describe('what a machine runs on', () => {
  const bare = 'processor\t: 0\nflags\t\t: fpu vme svm\n';
  const virtual = 'processor\t: 0\nflags\t\t: fpu vme hypervisor svm\n';
  const dmi = (vendor: string, product: string) => ({
    'sys/class/dmi/id/sys_vendor': `${vendor}\n`,
    'sys/class/dmi/id/product_name': `${product}\n`,
  });
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, string | null])[] = [
    ['a server', { 'proc/cpuinfo': bare, ...dmi('Dell Inc.', 'PowerEdge R650') }, 'none'],
    ['a QEMU', { 'proc/cpuinfo': virtual, ...dmi('QEMU', 'Standard PC (Q35 + ICH9, 2009)') }, 'QEMU'],
    ['a VMware', { 'proc/cpuinfo': virtual, ...dmi('VMware, Inc.', 'VMware7,1') }, 'VMware'],
    ['a machine of EC2', { 'proc/cpuinfo': virtual, ...dmi('Amazon EC2', 'c5.large') }, 'Amazon EC2'],
    ['bare metal of EC2', { 'proc/cpuinfo': bare, ...dmi('Amazon EC2', 'c5.metal') }, 'none'],
    ['a microVM without DMI', { 'proc/cpuinfo': virtual }, 'unknown hypervisor'],
    ['a Xen domain', { 'proc/cpuinfo': virtual, 'sys/hypervisor/type': 'xen\n' }, 'xen'],
    [
      'an Arm guest',
      { 'proc/cpuinfo': 'Features\t: fp\n', 'proc/device-tree/hypervisor/compatible': 'linux,kvm\0' },
      'linux,kvm',
    ],
    ['an Arm board', { 'proc/cpuinfo': 'Features\t: fp\n' }, 'none'],
    ['a machine that tells nothing', {}, null],
  ];
  for (const [name, files, expected] of cases)
    it(`is ${expected ?? 'not known'} of ${name}`, async (context) => {
      assert.equal(await readHypervisor(machineOf(context, files)), expected);
    });
});
