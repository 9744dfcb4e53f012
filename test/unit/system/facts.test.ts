// SPDX-License-Identifier: GPL-2.0-only
/** Facts of the machine: parsers on recorded text, and the real thing where this is Linux. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  parseCpuList,
  parseOffloads,
  parseTicks,
  readHostEnvironment,
  readLoad,
  readMachineFacts,
  readOffloads,
} from '../../../src/system/facts.ts';

const linux = process.platform === 'linux';

const ETHTOOL = `Features for w1:
rx-checksumming: on
tx-checksumming: on
	tx-checksum-ipv4: off [fixed]
	tx-checksum-ip-generic: on
	tx-checksum-fcoe-crc: off [fixed]
scatter-gather: on
	tx-scatter-gather: on
tcp-segmentation-offload: off
	tx-tcp-segmentation: off [requested on]
generic-receive-offload: off
hsr-dup-offload: off [fixed]
`;

describe('offloads', () => {
  it('are read as ethtool names them, in force or not', () => {
    const states = parseOffloads(ETHTOOL);
    assert.equal(Object.keys(states).length, 11);
    assert.equal(states['tx-checksumming'], true);
    assert.equal(states['tx-checksum-ipv4'], false);
    assert.equal(states['tx-tcp-segmentation'], false);
    assert.equal(states['generic-receive-offload'], false);
    assert.deepEqual(parseOffloads('netlink error: No such device\n'), {});
  });

  it('are asked for where the device is', async () => {
    const asked: string[][] = [];
    const look = async (argv: readonly string[]) => {
      asked.push([...argv]);
      return ETHTOOL;
    };
    assert.equal((await readOffloads(look, 'w1'))['rx-checksumming'], true);
    assert.deepEqual(asked, [['ethtool', '-k', 'w1']]);
  });
});

describe('the kernel', () => {
  it("lists CPUs as ranges, and ticks with the guest's inside the user's", () => {
    assert.deepEqual(parseCpuList('0-2,5,7-8\n'), [0, 1, 2, 5, 7, 8]);
    assert.deepEqual(parseCpuList('3'), [3]);
    assert.deepEqual(parseCpuList('\n'), []);
    assert.deepEqual(parseTicks('cpu  10 1 5 100 4 0 2 8 6 0\ncpu0 1 1\n'), { stealTicks: 8, totalTicks: 130 });
    assert.deepEqual(parseTicks(''), { stealTicks: 0, totalTicks: 0 });
  });

  it('tells load and ticks that go up', { skip: !linux && 'needs Linux' }, async () => {
    const first = await readLoad();
    const second = await readLoad();
    assert.ok(first.totalTicks > 0 && first.load1 >= 0);
    assert.ok(second.totalTicks >= first.totalTicks && second.stealTicks >= first.stealTicks);
  });
});

describe('this machine', { skip: !linux && 'needs Linux' }, () => {
  it('is described in every part', async () => {
    const environment = await readHostEnvironment({ signal: new AbortController().signal });
    assert.match(environment.bootId, /^[0-9a-f-]{36}$/);
    for (const text of [
      environment.hostname,
      environment.kernel.release,
      environment.kernel.version,
      environment.os,
      environment.cpu.model,
    ]) {
      assert.notEqual(text, '');
    }
    assert.ok(environment.cpu.online.length >= 1);
    assert.ok(environment.memoryMiB > 100);
    assert.deepEqual(Object.keys(environment.tools).sort(), ['ethtool', 'iproute2', 'passt']);
    assert.equal(environment.node, process.version);
    assert.ok(environment.before.totalTicks > 0);
    assert.ok(JSON.stringify(environment).length < 20_000);
  });

  it('has facts that agree with its environment', async () => {
    const [facts, environment] = await Promise.all([
      readMachineFacts(),
      readHostEnvironment({ signal: new AbortController().signal }),
    ]);
    assert.deepEqual(facts.cpus, environment.cpu.online);
    assert.deepEqual(facts.isolatedCpus, environment.cpu.isolated);
    assert.equal(facts.vhostNet, environment.vhostNet);
    assert.match(facts.arch, /^[a-z0-9_]+$/);
  });
});
