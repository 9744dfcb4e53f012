// SPDX-License-Identifier: GPL-2.0-only
/** A NIC in a guest beside tap and macvtap, its way back at every end, and what is refused for real. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Report } from '../../src/model/result.ts';
import { assertKvm, assertMeasured, runNested } from './assert-run.ts';
import { assertGivenBack, cards, LAB, OF_CARDS, stateOfCards, WITH_IOMMU } from './cards.ts';
import type { NestedHost } from './host.ts';
import { inNestedHost } from './in-host.ts';

const TAKEN = 'until readlink /sys/bus/pci/devices/0000:02:00.0/driver | grep -q vfio-pci; do sleep 0.2; done';
const STARTED = '/run/nested/taking';

const options = { kernel: '6.12', devices: cards(), parameters: WITH_IOMMU } as const;

inNestedHost({ ...options, name: 'a NIC of a nested host', ready: OF_CARDS }, (at) => {
  it('is measured in one guest beside tap and macvtap, and comes back with a receipt', async () => {
    const before = await stateOfCards(at().host);
    assert.match(before, /drivers\/e1000e/);
    const { report, run } = await runNested<Report>(at(), `run ${LAB}`);
    assertMeasured(report, ['macvtap', 'passthrough', 'tap']);
    assertKvm(run);
    const cells = report.probes.flatMap((probe) => probe.cells);
    const p50 = (name: string) => {
      const cell = cells.find(({ path }) => path === name);
      return cell === undefined || cell.unit !== undefined ? assert.fail(name) : cell.p50Ns;
    };
    assert.ok(p50('passthrough') < p50('tap'), `${p50('passthrough')} and ${p50('tap')}`);
    await assertGivenBack(at(), report.run.id);
    assert.equal(await stateOfCards(at().host), before);
  });

  for (const name of ['INT', 'TERM', 'KILL'] as const)
    it(`comes back when the run is ended by SIG${name}, at the latest by gc`, async () => {
      const { host } = at();
      const before = await stateOfCards(host);
      const ended = host.run(`echo $$ >${STARTED}; exec hoplab run ${LAB} --only passthrough --count 100000`);
      await host.get(`${TAKEN}; sleep 5; kill -${name} "$(cat ${STARTED})"`);
      assert.notEqual((await ended).status, 0);
      const told = await host.get('hoplab gc');
      if (name === 'KILL') assert.match(told, /0000:02:00\.0 has its driver e1000e again/);
      assert.equal(await stateOfCards(host), before);
    });

  it('is refused below a bridge with an address, and nothing is touched', async () => {
    const { host } = at();
    const before = await stateOfCards(host);
    await host.get('ip link add br0 type bridge && ip link set eth1 master br0 && ip address add 192.0.2.9/24 dev br0');
    const used = await stateOfCards(host);
    await assertRefused(host, /eth1 has master br0; br0 has address\s+192\.0\.2\.9\/24/);
    assert.equal(await stateOfCards(host), used);
    await host.get('ip link set eth1 nomaster && ip link del br0');
    assert.equal(await stateOfCards(host), before);
  });

  it('is refused where the memory of the guest may not be locked', async () => {
    const { host } = at();
    const limited = 'setpriv --bounding-set -ipc_lock --inh-caps -ipc_lock -- prlimit --memlock=67108864';
    const { status, stdout } = await host.run(`${limited} hoplab nic eth1`);
    assert.equal(status, 1, stdout);
    assert.match(stdout, /no +memlock/);
  });
});

for (const { name, devices, parameters, why } of [
  { name: 'without an IOMMU', devices: cards([]), parameters: [], why: /no +IOMMU +no group/ },
  {
    name: 'that boots without intel_iommu=on',
    devices: cards(),
    parameters: ['intel_iommu=off'],
    why: /no +IOMMU +no group[\s\S]*intel_iommu=on/,
  },
  {
    name: 'without interrupt remapping',
    devices: cards(['-device', 'intel-iommu,intremap=off']),
    parameters: WITH_IOMMU,
    why: /no +interrupt remapping +dmar0 cannot/,
  },
])
  inNestedHost({ name: `a host ${name}`, kernel: '6.12', devices, parameters, ready: OF_CARDS }, (at) => {
    it('gives no NIC, and says why', async () => {
      const { host } = at();
      const before = await stateOfCards(host);
      const said = await host.get('hoplab nic');
      assert.match(said, why);
      assert.match(said, /no NIC can be passed through on this machine as it is/);
      await assertRefused(host, /passthrough/);
      assert.equal(await stateOfCards(host), before);
    });
  });

async function assertRefused(host: NestedHost, why: RegExp): Promise<void> {
  const { status, stderr } = await host.run(`hoplab run ${LAB} --only passthrough --quick`);
  assert.equal(status, 1, stderr);
  assert.match(stderr, /REQUIREMENT_MISSING/);
  assert.match(stderr, why);
}
