// SPDX-License-Identifier: GPL-2.0-only
/** Which NICs could be a guest's, and why the others could not, from recorded sysfs and from what is changed in it. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { judgeNics, nicNamed } from '../../../src/nic/judge-nics.ts';
import type { JudgedNic, NicReport } from '../../../src/nic/nic.ts';
import { checkNic } from '../../../src/nic/nic-checks.ts';
import { Sysfs } from '../../../src/nic/sysfs.ts';
import { networkUse } from '../../../src/nic/uses.ts';
import { makeSysfs, recordedSysfs } from '../../fixtures/sysfs/tree.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const signal = new AbortController().signal;
const UNUSED = { addresses: '[]', routes: ['[]'], peer: null, towards: '[]' };
const PROC: Readonly<Record<string, string>> = {
  cmdline: 'console=ttyS0 intel_iommu=on',
  interrupts: ' 24: 1 0 IO-APIC 5-edge ACPI:Ged',
  'self/status': 'CapEff:\t000001ffffffffff',
  'self/limits': 'Max locked memory         8388608              8388608              bytes',
  meminfo: 'MemAvailable:    2000000 kB',
};
const DRIVER = '/sys/bus/pci/drivers/vfio-pci/module=';

interface Machine {
  readonly lines: readonly string[];
  readonly told?: Partial<Parameters<typeof networkUse>[0]>;
  readonly proc?: Readonly<Record<string, string>>;
}

async function judged(context: TestContext, { lines, told = {}, proc = {} }: Machine): Promise<NicReport> {
  const root = temporaryFolder(context);
  makeSysfs(root, [...lines, DRIVER]);
  return judgeNics({
    ...{ signal, guestMiB: 512, sysfs: new Sysfs(root), network: networkUse({ ...UNUSED, ...told }) },
    proc: async (name) => ({ ...PROC, ...proc })[name] ?? '',
  });
}

function nicOf({ nics }: NicReport, name: string): JudgedNic {
  const nic = nicNamed(nics, name);
  assert.ok(nic);
  return nic;
}

const verdicts = (report: NicReport) => Object.fromEntries(report.nics.map(({ name, because }) => [name, because]));

describe('a machine with an IOMMU, one NIC to a group', () => {
  it('gives both of its NICs, and finds the interface of a virtio card behind its device', async (context) => {
    const report = await judged(context, { lines: recordedSysfs('e1000e') });
    assert.deepEqual(verdicts(report), { eth0: '', eth1: '' });
    const { address, driver, group, resetMethods, link, interfaces } = nicOf(report, 'eth1');
    assert.deepEqual([address, driver, group?.number, link], ['0000:02:00.0', 'virtio-pci', '5', '2.5 GT/s PCIe']);
    assert.deepEqual(resetMethods, ['flr', 'pm', 'bus']);
    assert.deepEqual(
      interfaces.map(({ name }) => name),
      ['eth1'],
    );
    assert.equal(nicNamed(report.nics, '01:00.0')?.name, 'eth0');
    assert.equal(nicNamed(report.nics, 'eth7'), null);
  });

  it('keeps a NIC that is used itself, below a bridge, and below a VLAN on a bond, to the top', async (context) => {
    const lines = [
      ...recordedSysfs('e1000e'),
      '/sys/class/net/bond0 -> ../../devices/virtual/net/bond0',
      '/sys/class/net/bond0.7 -> ../../devices/virtual/net/bond0.7',
      '/sys/class/net/eth0/upper_br0 -> br0',
      '/sys/class/net/eth0/master -> br0',
      '/sys/class/net/eth1/upper_bond0 -> bond0',
      '/sys/class/net/eth1/master -> bond0',
      '/sys/class/net/bond0/upper_bond0.7 -> bond0.7',
    ];
    const addresses = JSON.stringify([
      { ifname: 'br0', addr_info: [{ local: '192.0.2.7', prefixlen: 24, scope: 'global' }] },
      { ifname: 'eth0', addr_info: [{ local: 'fe80::1', prefixlen: 64, scope: 'link' }] },
    ]);
    const routes = [
      JSON.stringify([{ dst: 'default', dev: 'bond0.7', table: 7 }]),
      JSON.stringify([
        { dst: 'fe80::/64', dev: 'eth0' },
        { dst: '2001:db8::/32', nexthops: [{ dev: 'br0' }] },
      ]),
    ];
    const told = {
      addresses,
      routes,
      peer: '198.51.100.9',
      towards: JSON.stringify([{ dst: '198.51.100.9', dev: 'br0' }]),
    };
    assert.deepEqual(verdicts(await judged(context, { lines, told })), {
      eth0: 'in use: eth0 has master br0; br0 has the ssh session from 198.51.100.9, address 192.0.2.7/24, route 2001:db8::/32',
      eth1: 'in use: eth1 has master bond0; bond0 has bond0.7 on top of it; bond0.7 has route default of table 7',
    });
  });

  it('gives none where the IOMMU is off, and says which word switches it on', async (context) => {
    const lines = [
      ...recordedSysfs('e1000e').filter((line) => !line.includes('iommu')),
      '/sys/firmware/acpi/tables/DMAR=',
    ];
    const report = await judged(context, { lines, proc: { cmdline: 'console=ttyS0' } });
    const [iommu] = report.machine;
    assert.equal(iommu?.verdict, 'failed');
    assert.match(iommu?.found ?? '', /table DMAR/);
    assert.match(iommu?.hint ?? '', /intel_iommu=on/);
    const off = await judged(context, { lines, proc: { cmdline: 'intel_iommu=off' } });
    assert.equal(off.machine[0]?.hint, 'boot without intel_iommu=off');
    assert.ok(report.nics.every(({ possible }) => !possible));
  });

  it('gives none without interrupt remapping, whether the unit cannot or was told not to', async (context) => {
    const cannot = recordedSysfs('e1000e').map((line) => line.replace('ecap=f00f4a', 'ecap=f00f42'));
    const remapping = ({ machine }: NicReport) => machine.find(({ what }) => what === 'interrupt remapping');
    const unable = remapping(await judged(context, { lines: cannot }));
    assert.deepEqual([unable?.verdict, unable?.source], ['failed', '/sys/class/iommu/dmar0/intel-iommu/ecap']);
    const told = remapping(
      await judged(context, { lines: recordedSysfs('e1000e'), proc: { cmdline: 'intremap=off' } }),
    );
    assert.deepEqual([told?.verdict, told?.hint], ['failed', 'boot without intremap=off']);
    const unsafe = [...cannot, '/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts=Y'];
    assert.equal(remapping(await judged(context, { lines: unsafe }))?.verdict, 'warning');
  });

  it('gives none to a process that may lock less than the guest and 1 GiB, or where memory is short', async (context) => {
    const lines = recordedSysfs('e1000e');
    const report = await judged(context, {
      lines,
      proc: { 'self/status': 'CapEff:\t0', meminfo: 'MemAvailable: 400000 kB' },
    });
    const failed = report.machine.filter(({ verdict }) => verdict === 'failed').map(({ what }) => what);
    assert.deepEqual(failed, ['memlock', 'memory']);
    assert.match(report.machine.find(({ what }) => what === 'memlock')?.hint ?? '', /ulimit -l 1572864/);
  });

  it('keeps a device that the firmware itself uses', async (context) => {
    const lines = recordedSysfs('e1000e').map((line) =>
      line.replace(/(groups\/4\/type=DMA-FQ reserved=)/, '$10x00000000000e0000 0x00000000000e0fff direct;'),
    );
    assert.match(
      nicOf(await judged(context, { lines }), 'eth0').because,
      /^reserved regions: 0x0+e0000 0x0+e0fff direct$/,
    );
  });
});

describe('a machine with SR-IOV and shared groups', () => {
  it('says of each function what stands in its way', async (context) => {
    const report = await judged(context, { lines: recordedSysfs('igb-sriov') });
    assert.deepEqual(verdicts(report), {
      eth0: 'virtual functions: 2: 0000:01:10.0 (vfio-pci), 0000:01:10.2 (no driver)',
      '0000:01:10.0': 'driver: vfio-pci has it already: another guest may',
      '0000:01:10.2': '',
      eth1: '',
      eth4: '',
      // Behind one conventional bridge, neither with a driver.
      '0000:05:01.0': '',
      '0000:05:02.0': '',
      eth2: 'IOMMU group: 5 is shared with 0000:06:00.1 (e1000e)',
      eth3: 'IOMMU group: 5 is shared with 0000:06:00.0 (e1000e)',
    });
    assert.equal(nicOf(report, '0000:01:10.2').physical, '0000:01:00.0');
    const resets = Object.fromEntries(
      report.nics.flatMap(({ name, checks }) =>
        checks.filter(({ what }) => what === 'reset').map((one) => [name, one.verdict]),
      ),
    );
    // One has the reset of the bus alone and a neighbour on it, the other none at all.
    assert.deepEqual([resets['0000:05:01.0'], resets['0000:05:02.0'], resets.eth1], ['warning', 'warning', 'met']);
  });

  it('asks of a virtual function that there is none yet, and of its NIC that it offers some', async (context) => {
    const report = await judged(context, { lines: recordedSysfs('igb-sriov') });
    const fails = (name: string) =>
      checkNic(nicOf(report, name), { vf: true })
        .filter(({ verdict }) => verdict === 'failed')
        .map(({ found }) => found);
    assert.deepEqual(fails('eth0'), ['there are 2 already: 0000:01:10.0 (vfio-pci), 0000:01:10.2 (no driver)']);
    assert.deepEqual(fails('eth1'), ['it offers none']);
  });

  it('never takes a NIC whose driver has its interface elsewhere: another network namespace uses it', async (context) => {
    const lines = recordedSysfs('e1000e').filter((line) => !line.includes('/net/eth0'));
    assert.match(
      nicOf(await judged(context, { lines }), '0000:01:00.0').because,
      /^driver: e1000e has it, and no interface/,
    );
  });
});

describe('a NIC that is not on PCI', () => {
  it('is not possible, for what device tree and kernel lack, and macvtap or tap stand in for it', async (context) => {
    const device = '/sys/devices/platform/cp0/f2000000.ethernet';
    const lines = [
      `${device}/of_node/compatible=marvell,armada-7k-pp22\0`,
      `${device}/subsystem -> ../../../bus/platform`,
      `${device}/driver -> ../../../bus/platform/drivers/mvpp2`,
      '/sys/class/net/eth0 -> ../../devices/platform/cp0/f2000000.ethernet/net/eth0',
      '/sys/class/net/eth1 -> ../../devices/platform/cp0/f2000000.ethernet/net/eth1',
    ];
    const nic = nicOf(await judged(context, { lines }), 'eth1');
    assert.deepEqual(
      [nic.bus, nic.address, nic.driver, nic.possible],
      ['platform', 'f2000000.ethernet', 'mvpp2', false],
    );
    const failed = nic.checks.filter(({ verdict }) => verdict === 'failed');
    assert.deepEqual(
      failed.map(({ what }) => what),
      ['bus', 'device tree', 'IOMMU group', 'kernel and VMM', 'ports'],
    );
    assert.match(failed[0]?.found ?? '', /^platform \(marvell,armada-7k-pp22\): not possible$/);
    assert.equal(failed[1]?.source, '/sys/class/net/eth0/device/of_node/iommus');
    assert.match(failed.at(-1)?.found ?? '', /eth0, eth1/);
    for (const { hint } of failed) assert.match(hint, /macvtap or tap/);
  });
});
