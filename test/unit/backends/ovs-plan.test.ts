// SPDX-License-Identifier: GPL-2.0-only
/** What Open vSwitch is planned with: the datapath, the cure that goes with it, and options that contradict each other. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ovs } from '../../../src/backends/ovs/ovs.ts';
import { addressesOf } from '../../../src/lab/plan/addressing.ts';
import { argvOn } from '../../../src/machines/netns/argv.ts';
import { LAB_DIR } from '../../../src/system/namespaces.ts';

function planOf(options: Readonly<Record<string, unknown>>, openvswitch = false) {
  const facts = { cpus: [0, 1], isolatedCpus: [], vhostNet: false, openvswitch, arch: 'x86_64' };
  const plan = ovs.plan(
    { path: 'ovs', index: 1, labDir: LAB_DIR, facts, vmm: 'qemu', observe: false, ...addressesOf('ovs', 1) },
    ovs.options.parse(options),
  );
  const later = plan.services.flatMap(({ whenReady = [] }) => whenReady);
  return { ...plan, commands: [...plan.steps, ...later].map(({ on, do: argv }) => argvOn(on, argv).join(' ')) };
}

const DATAPATH = /datapath_type=(\w+)/;
const IN_SWITCH = /userspace-tso-enable=true/;
const AT_WIRE = /host1 ethtool -K w-ovs tx off/;
const datapathOf = ({ commands }: ReturnType<typeof planOf>) => DATAPATH.exec(commands.join('\n'))?.[1];

describe('a plan of Open vSwitch', () => {
  it('takes the kernel only where it is told to, or may choose and the kernel has it', () => {
    assert.equal(datapathOf(planOf({}, true)), 'netdev');
    assert.equal(datapathOf(planOf({ datapath: 'auto' }, true)), 'system');
    assert.equal(datapathOf(planOf({ datapath: 'auto', portType: 'afxdp' }, true)), 'netdev');
    const without = planOf({ datapath: 'auto' }, false);
    assert.equal(datapathOf(without), 'netdev');
    assert.match(without.notes.join(), /this kernel has no openvswitch module/);
    const needs = ovs.requires(ovs.options.parse({ datapath: 'system' }));
    assert.ok(needs.some((need) => need.kind === 'module' && need.module === 'openvswitch'));
  });

  it('cures in the switch where it can, at the edges where not, and not in the kernel or against the user', () => {
    const cases = [
      [{}, true, false, 'cured: '],
      [{ portType: 'afxdp' }, false, true, 'cured: '],
      [{ cure: false }, false, false, 'not cured, by option'],
      [{ datapath: 'system' }, false, false, null],
    ] as const;
    for (const [options, inSwitch, atEdges, says] of cases) {
      const { commands, nicOptions, warnings = [], notes } = planOf(options);
      const text = commands.join('\n');
      assert.equal(IN_SWITCH.test(text), inSwitch, JSON.stringify(options));
      assert.equal(AT_WIRE.test(text), atEdges, JSON.stringify(options));
      assert.deepEqual(nicOptions, atEdges ? { csum: false } : {});
      assert.equal(warnings.length, says === null ? 0 : 1);
      if (says !== null) assert.ok(warnings[0]?.startsWith(says) && notes.includes(warnings[0]));
    }
  });

  it('sets the cure before ovs-vswitchd starts, which reads it once', () => {
    const [database, daemon] = planOf({}).services;
    assert.ok(database?.whenReady?.some((step) => IN_SWITCH.test(step.do.join(' '))));
    assert.match(daemon?.argv.join(' ') ?? '', /ovs-vswitchd unix:/);
  });

  it("lets the user's own properties of the NIC win", () => {
    assert.deepEqual(planOf({ portType: 'afxdp', nic: { csum: true } }).nicOptions, { csum: true });
  });

  it('refuses a type of port that the kernel datapath does not have', () => {
    const { error } = ovs.options.safeParse({ datapath: 'system', portType: 'afxdp' });
    assert.match(error?.issues[0]?.message ?? '', /those of the netdev datapath/);
  });
});
