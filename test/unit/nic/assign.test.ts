// SPDX-License-Identifier: GPL-2.0-only
/** A NIC goes to a guest and comes back as it was, from every step on which that may fail. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { NicOrder } from '../../../src/model/plan.ts';
import { assignNic } from '../../../src/nic/assign.ts';
import { judgeNics } from '../../../src/nic/judge-nics.ts';
import { Sysfs } from '../../../src/nic/sysfs.ts';
import { networkUse } from '../../../src/nic/uses.ts';
import { type Borrowed, driverOf, giveBack } from '../../../src/system/give-back.ts';
import { type PlayedKernel, playKernel } from '../../fixtures/sysfs/kernel.ts';
import { makeSysfs, recordedSysfs } from '../../fixtures/sysfs/tree.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const signal = new AbortController().signal;
const ADDRESS = '0000:01:00.0';
/** The kernel calls it eth1 when it comes back, as it may where names come from the order of their making. */
const DEFAULTS = { [ADDRESS]: { driver: 'e1000e', calls: 'eth7' } };
const HOST1_FILE = '/proc/4711/root/run/netns/host1';
const PROC: Readonly<Record<string, string>> = { 'self/status': 'CapEff:\t000001ffffffffff', cmdline: '' };

function machine(context: TestContext, recorded: 'e1000e' | 'igb-sriov' = 'e1000e'): string {
  const root = temporaryFolder(context);
  makeSysfs(root, [...recordedSysfs(recorded), '/sys/bus/pci/drivers/vfio-pci/module=', '/sys/bus/pci/drivers_probe=']);
  writeFileSync(join(root, 'class/net/eth0/flags'), '0x1003\n');
  writeFileSync(join(root, 'class/net/eth0/mtu'), '9000\n');
  return root;
}

async function assign(kernel: PlayedKernel, own: Pick<NicOrder, 'functionMac' | 'end'> = {}) {
  const recorded: (readonly Borrowed[])[] = [];
  let restored = 0;
  const order = { nic: 'eth0', address: ADDRESS, ...own };
  const assigned = assignNic(order, {
    ...{ signal, access: kernel, host1: HOST1_FILE },
    record: async (was) => {
      assert.deepEqual(kernel.acts, [], 'written down before anything is changed');
      recorded.push(was);
    },
    restored: async () => void restored++,
    look: () =>
      judgeNics({
        ...{ signal, guestMiB: 0, sysfs: new Sysfs(kernel.root), proc: async (name) => PROC[name] ?? '' },
        network: networkUse({ addresses: '[]', routes: ['[]'], peer: null, towards: '[]' }),
      }),
  });
  return { assigned, recorded, restored: () => restored };
}

/** All that a lab may change of the NIC. */
async function stateOf(root: string): Promise<unknown> {
  const text = (file: string) => readFileSync(join(root, file), 'utf8').trim().replace('(null)', '');
  const files = [`bus/pci/devices/${ADDRESS}/driver_override`, 'class/net/eth0/flags', 'class/net/eth0/mtu'];
  return [await driverOf(root, ADDRESS), ...files.map(text)];
}

describe('a whole NIC', () => {
  it('goes from its driver to vfio-pci, and back with its name, its state and its MTU', async (context) => {
    const root = machine(context);
    const before = await stateOf(root);
    const kernel = playKernel(root, { defaults: DEFAULTS });
    const { assigned, recorded } = await assign(kernel);
    const nic = await assigned;
    assert.deepEqual([nic.address, await driverOf(root, ADDRESS)], [ADDRESS, 'vfio-pci']);
    assert.deepEqual(nic.changed, [`${ADDRESS}: driver e1000e -> vfio-pci`]);
    const { done, failed } = await nic.giveBack();
    assert.deepEqual(failed, []);
    assert.equal(done.length, 2);
    assert.deepEqual(await stateOf(root), before);
    // Again, as gc would after a process that was killed at the last moment: nothing is left to do.
    const acts = kernel.acts.length;
    assert.deepEqual(await giveBack(recorded.flat(), kernel), { done: [], failed: [] });
    assert.equal(kernel.acts.length, acts);
  });

  it('is as it was after a failure at any step, and after a death at any step and gc', async (context) => {
    const whole = playKernel(machine(context), { defaults: DEFAULTS });
    await (await assign(whole)).assigned;
    assert.ok(whole.acts.length >= 3);
    for (let step = 0; step < whole.acts.length; step++) {
      const root = machine(context);
      const before = await stateOf(root);
      const { assigned, restored } = await assign(playKernel(root, { defaults: DEFAULTS, failAt: step }));
      await assert.rejects(assigned, /fails/);
      assert.deepEqual([await stateOf(root), restored()], [before, 1], `step ${step}`);
      const died = playKernel(root, { defaults: DEFAULTS, failAt: step, dead: true });
      const { assigned: lost, recorded } = await assign(died);
      await assert.rejects(lost, /did not come back as it was|fails/);
      assert.deepEqual((await giveBack(recorded.flat(), playKernel(root, { defaults: DEFAULTS }))).failed, []);
      assert.deepEqual(await stateOf(root), before, `death at step ${step}`);
    }
  });

  it('is refused, and given back, where the driver does not take it although the write said nothing', async (context) => {
    const root = machine(context);
    const before = await stateOf(root);
    const { assigned } = await assign(playKernel(root, { defaults: DEFAULTS, deaf: true }));
    await assert.rejects(assigned, {
      code: 'NIC_REFUSED',
      message: /vfio-pci did not take 0000:01:00.0: its driver is none/,
    });
    assert.deepEqual(await stateOf(root), before);
  });

  it('is not touched, and nothing is written down, where a check fails', async (context) => {
    const kernel = playKernel(machine(context, 'igb-sriov'), { defaults: {} });
    const { assigned, recorded } = await assign(kernel);
    await assert.rejects(assigned, { code: 'NIC_REFUSED', message: /virtual functions: 2/ });
    assert.deepEqual([kernel.acts, recorded], [[], []]);
  });

  it('says what did not come back, and goes on with the rest', async (context) => {
    const root = machine(context);
    const { assigned } = await assign(playKernel(root, { defaults: DEFAULTS }));
    const nic = await assigned;
    const { failed } = await giveBack(
      [
        { kind: 'driver', address: ADDRESS, driver: 'igb', override: null },
        { kind: 'interface', address: ADDRESS, name: 'eth0', up: true, mtu: 9000, mac: '52:54:00:00:00:01' },
      ],
      playKernel(root, { defaults: DEFAULTS }),
    );
    assert.deepEqual(failed, [`${ADDRESS}: its driver was igb, and is now e1000e`]);
    assert.equal((await nic.giveBack()).failed.length, 0);
    assert.equal(((await stateOf(root)) as string[])[1], '');
  });
});

describe('the NIC at the other end of the cable', () => {
  it('goes to host1 as the end of the wire, and comes back with its name and its MAC', async (context) => {
    const root = machine(context);
    const eth1 = join(root, 'class/net/eth1');
    for (const [file, text] of Object.entries({ flags: '0x1003', mtu: '1500', address: '52:54:00:00:00:22' }))
      writeFileSync(join(eth1, file), `${text}\n`);
    const kernel = playKernel(root, { defaults: DEFAULTS });
    const { assigned } = await assign(kernel, { end: { nic: 'eth1', device: 'w-passthrough' } });
    const nic = await assigned;
    assert.equal(nic.changed.at(-1), 'eth1: to host1, as w-passthrough');
    assert.ok(!existsSync(eth1));
    assert.deepEqual((await nic.giveBack()).failed, []);
    assert.ok(kernel.acts.includes(`nsenter --net=${HOST1_FILE} -- ip link set w-passthrough netns ${process.pid}`));
    assert.equal(readFileSync(join(eth1, 'flags'), 'utf8').trim(), '0x1003');
    assert.ok(kernel.acts.includes('ip link set eth1 address 52:54:00:00:00:22'));
  });

  it('is refused where something uses it, before anything is changed', async (context) => {
    const root = machine(context);
    mkdirSync(join(root, 'class/net/eth1/upper_br0'));
    const kernel = playKernel(root, { defaults: DEFAULTS });
    const { assigned, recorded } = await assign(kernel, { end: { nic: 'eth1', device: 'w-passthrough' } });
    await assert.rejects(assigned, { code: 'NIC_REFUSED', message: /eth1 .*in use: eth1 has br0 on top of it/ });
    assert.deepEqual([kernel.acts, recorded], [[], []]);
  });
});

describe('a virtual function', () => {
  const lines = (root: string) => {
    const at = join(root, 'bus/pci/devices', ADDRESS);
    for (const [file, text] of Object.entries({ sriov_numvfs: '0', sriov_drivers_autoprobe: '1' }))
      writeFileSync(join(at, file), `${text}\n`);
  };

  it('is made with its MAC once drivers leave it alone and the NIC is up, and the number goes back', async (context) => {
    const root = machine(context, 'igb-sriov');
    lines(root);
    // As recorded, the function has vfio-pci already; a new one has no driver.
    const kernel = playKernel(root, { defaults: {} });
    writeFileSync(join(root, 'class/net/eth0/flags'), '0x1002\n');
    const { assigned } = await assign(kernel, { functionMac: '02:68:6c:00:01:03' });
    const nic = await assigned;
    assert.equal(nic.address, '0000:01:10.0');
    const at = `/bus/pci/devices/${ADDRESS}`;
    assert.deepEqual(kernel.acts.slice(0, 4), [
      `${at}/sriov_drivers_autoprobe <- 0`,
      'ip link set eth0 up',
      `${at}/sriov_numvfs <- 1`,
      'ip link set eth0 vf 0 mac 02:68:6c:00:01:03',
    ]);
    const { failed } = await nic.giveBack();
    assert.deepEqual(failed, []);
    const text = (file: string) => readFileSync(join(root, file), 'utf8').trim();
    assert.deepEqual([text(`${at}/sriov_numvfs`), text(`${at}/sriov_drivers_autoprobe`)], ['0', '1']);
    assert.equal(text('class/net/eth0/flags'), '0x1002');
  });
});
