// SPDX-License-Identifier: GPL-2.0-only
/** A real guest whose NICs come and go, and orders that are not orders. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { waitForCarrier } from '../../src/lab/live/wait-for-carrier.ts';
import { bootGuest, type Guest } from '../../src/vmms/boot.ts';
import { qemu } from '../../src/vmms/qemu/qemu.ts';
import { needs } from '../support/needs.ts';
import { qmpOf } from '../support/qmp-of.ts';
import { launch, natNic, type Prepared, plugOf, prepare, TEST_TIMEOUT_MS } from './guest-fixture.ts';

const signal = AbortSignal.timeout(TEST_TIMEOUT_MS);
const MACS = ['02:68:6f:70:00:01', '02:68:6f:70:00:02'] as const;
const SWAPS = 20;

describe('NICs of a running guest', { timeout: TEST_TIMEOUT_MS, skip: needs('linux') }, () => {
  let prepared: Prepared;
  let guest: Guest;

  before(async () => {
    prepared = await prepare(signal);
    guest = await prepared.boot('test-hotplug');
    for (const index of [0, 1]) await plugOf(guest).open(natNic(index), signal);
  });

  after(async () => {
    await guest?.[Symbol.asyncDispose]();
    await prepared?.[Symbol.asyncDispose]();
  });

  const plug = (index: 0 | 1, slot: number) => plugOf(guest).insert(natNic(index, { slot, mac: MACS[index] }), signal);
  const up = (index: 0 | 1) =>
    guest.agent.nicUp({ mac: MACS[index], address: `10.0.${index + 2}.15/24`, timeoutMs: 60_000, signal });

  it(`swap ${SWAPS} times between two slots, without a failure or a leak`, async (t) => {
    const times: number[] = [];
    for (let swap = 0; swap < SWAPS; swap++) {
      const started = performance.now();
      await plug(0, swap % 2);
      await plug(1, 1 - (swap % 2));
      const names = await Promise.all([up(0), up(1)]);
      assert.notEqual(names[0], names[1]);
      await plugOf(guest).remove(['n0', 'n1'], signal);
      await Promise.all(MACS.map((mac) => guest.agent.nicGone(mac, { signal, timeoutMs: 60_000 })));
      times.push(performance.now() - started);
    }
    times.sort((a, b) => a - b);
    t.diagnostic(
      `plug two, up, unplug both: median ${times[SWAPS / 2]?.toFixed(0)} ms, longest ${times.at(-1)?.toFixed(0)} ms`,
    );
    const left = await guest.agent.counters({ signal });
    assert.deepEqual(
      left.map(({ name }) => name),
      ['lo'],
    );
  });

  it('are waited for until their link is up, and given up where it stays down', async () => {
    await plug(0, 0);
    const device = await up(0);
    const wait = (timeoutMs: number) => waitForCarrier(guest.agent, { device, signal, timeoutMs });
    const link = (isUp: boolean) => qmpOf(guest).execute('set_link', { name: 'nic-n0', up: isUp }, { signal });
    await wait(60_000);
    await link(false);
    await assert.rejects(wait(500), { code: 'LAB_FAILED', message: /link did not come up within 0\.5 s/ });
    const waiting = wait(60_000);
    await link(true);
    await waiting;
    await plugOf(guest).remove(['n0'], signal);
    await guest.agent.nicGone(MACS[0], { signal, timeoutMs: 60_000 });
  });

  it('have address, route, neighbour, offloads and counters', async () => {
    const { agent } = guest;
    await plug(0, 0);
    const nic = await up(0);
    await agent.addRoute(nic, 'default', '10.0.2.2', { signal });
    await agent.addRoute(nic, '192.168.7.0/24', null, { signal });
    await agent.addNeighbour(nic, '10.0.2.99', '02:68:6f:70:00:63', { signal });
    const routes = (await agent.readFile('/proc/net/route', { signal })).toString();
    assert.match(routes, new RegExp(`${nic}\t00000000\t0202000A`));
    assert.match(routes, new RegExp(`${nic}\t0007A8C0\t00000000`));
    const neighbours = (await agent.readFile('/proc/net/arp', { signal })).toString();
    assert.match(neighbours, /10\.0\.2\.99 .* 02:68:6f:70:00:63/);

    const features = await agent.features(nic, { signal });
    assert.equal(features.driver, 'virtio_net');
    assert.equal(features.gro, true);
    await agent.setFeature(nic, 'gro', false, { signal });
    assert.equal((await agent.features(nic, { signal })).gro, false);

    const counters = (await agent.counters({ signal })).find(({ name }) => name === nic);
    assert.equal(counters?.mac, MACS[0]);
    assert.equal(counters?.up, true);
    // No IPv6, so a NIC that nobody uses has sent nothing.
    assert.equal(counters?.txPackets, 0);
    await plugOf(guest).remove(['n0'], signal);
  });

  it('with an address of the wrong form or nothing to stand on are refused', async () => {
    const order = { mac: MACS[0], address: '10.0.2.15/33', timeoutMs: 100, signal };
    await assert.rejects(guest.agent.nicUp(order), { code: 'AGENT_REFUSED', message: /ADDR\/PREFIX/ });
    const plug = plugOf(guest);
    await assert.rejects(plug.insert(natNic(9, { slot: 0 }), signal), { code: 'QMP_FAILED', message: /n9/ });
    await assert.rejects(plug.remove(['n9'], signal), { code: 'QMP_FAILED', message: /DeviceNotFound/ });
    await assert.rejects(plug.open(natNic(0), signal), {
      code: 'QMP_FAILED',
      message: /^open the netdev of path n0 \(\{"type":"user".*Duplicate/,
    });
  });

  it('leave what they stood on open', async () => {
    const close = () => qmpOf(guest).execute('netdev_del', { id: 'n0' }, { signal });
    await close();
    await assert.rejects(close(), { code: 'QMP_FAILED' });
  });

  it('are there from the boot on where they are asked for then, in memory that is shared and locked', async () => {
    const plan = prepared.plan('test-nics', { needs: { sharedMemory: true, lockedMemory: true } });
    const nic = natNic(2, { slot: 0, needs: { vectors: 4 } });
    await using other = await bootGuest({ vmm: qemu, plan, nics: [nic], launch, signal, consoleLog: null });
    await other.agent.nicUp({ mac: nic.mac, address: '10.0.4.15/24', timeoutMs: 60_000, signal });
    const read = async (file: string) => readFile(`/proc/${await other.pid()}/${file}`, 'utf8');
    assert.match(await read('maps'), /rw-s .*memfd/);
    const locked = /^VmLck:\s+(\d+) kB$/m.exec(await read('status'))?.[1];
    assert.ok(Number(locked) >= plan.memoryMiB * 1024, `${locked} kB are locked`);
    const said = await qmpOf(other).execute(
      'qom-get',
      { path: '/machine/peripheral/nic-n2', property: 'vectors' },
      { signal },
    );
    assert.equal(said, 4);
  });

  it('do not matter to malformed orders, each of which is answered with an error', async () => {
    const pipe = guest.service.pipes[0];
    assert.ok(pipe);
    let heard = '';
    const listen = (chunk: Buffer) => {
      heard += chunk.toString('latin1');
    };
    pipe.on('data', listen);
    const long = 'x'.repeat(5000);
    const orders = [
      'nonsense\n',
      'anid0123456789012345 hello\n',
      'm1 no-such-verb\n',
      'm2 hello extra words\n',
      'm3 spawn a b\n',
      'm4 spawn p -1 0 0 +3\nabc',
      'm5 nic-up 02:00 - 10\n',
      'm6 nic-up 02:00:00:00:00:09 - soon\n',
      'm7 stdin nobody +5\n\0\n\n\n\0',
      'm8 hello +4\nhell',
      `m9 file ${long}\n`,
      `m10 ${'w '.repeat(40)}+2\nxy`,
      'm11 +3\nabc',
      'm12 sysctl ../../etc/passwd 1\n',
      'm13 write /run/x 9z +1\nx',
      'm14 kill nobody 9\n',
      '\n\n',
    ];
    for (const order of orders) pipe.write(Buffer.from(order, 'latin1'));
    // Served in turn: the answer to this one comes after all of theirs.
    const hello = await guest.agent.hello({ signal });
    pipe.off('data', listen);
    assert.equal(hello.agent, 1);
    const expected = [
      'nonsense',
      '?',
      'm1',
      'm2',
      'm3',
      'm4',
      'm5',
      'm6',
      'm7',
      'm8',
      '?',
      'm10',
      'm11',
      'm12',
      'm13',
      'm14',
    ];
    assert.deepEqual(errorIds(heard), expected);
  });
});

/** The ids of the error replies, in order; an unexpected "ok" shows as such. */
function errorIds(replies: string): string[] {
  const ids: string[] = [];
  let rest = replies;
  for (let head = /^(\S+) (ok|error) (\d+)\n/.exec(rest); head; head = /^(\S+) (ok|error) (\d+)\n/.exec(rest)) {
    const [line, id, state, bytes] = head;
    const body = rest.slice(line.length, line.length + Number(bytes));
    rest = rest.slice(line.length + body.length);
    if (state === 'error') ids.push(id ?? '');
    else if (!body.includes('"agent"')) ids.push(`${id} ok`);
  }
  return rest === '' ? ids : [...ids, `not a reply: ${rest.slice(0, 40)}`];
}
