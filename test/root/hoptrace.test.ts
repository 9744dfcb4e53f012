// SPDX-License-Identifier: GPL-2.0-only
/** hoplab-hoptrace on transactions between two namespaces: every point of every packet, in order, and nothing else. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { TRACE_POINTS } from '../../src/trace/records/points.ts';
import { needs } from '../support/needs.ts';
import type { DecodedTrace, Row } from '../support/trace/trace-records.ts';
import { BYTES, PORT, TraceRig } from './hoptrace-rig.ts';

const PACKET = ['send_enter', 'dev_queue', 'dev_xmit', 'netif_rx', 'netif_receive', 'data_ready', 'recv_exit'];
const TASK = ['waking', 'switch_in'];
const COUNT = 200;
/** Of a second and more: what is less may have been before the tracer was there. */
const IDLE_MS = 500;

describe('hoplab-hoptrace', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let rig: TraceRig;

  before(async () => {
    rig = await TraceRig.open(new AbortController().signal);
  });

  after(async () => {
    await rig?.[Symbol.asyncDispose]();
  });

  for (const protocol of ['tcp_rr', 'udp_rr'] as const)
    it(`has every point of every request and response of ${protocol}, in order, and loses none`, async () => {
      const traced = await rig.trace([...PACKET, ...TASK], () => rig.transact({ protocol, count: COUNT }));
      assert.deepEqual(lost(traced), 0);
      const sends = traced.rows.filter(({ point, payload }) => point === 'send_enter' && payload === BYTES);
      const [requests, responses] = ['left', 'right'].map((side) => sends.filter(({ place }) => place === side));
      assert.equal(requests?.length, COUNT);
      assert.equal(responses?.length, COUNT);
      for (const send of sends) {
        const [near, far] = send.place === 'left' ? ['left', 'right'] : ['right', 'left'];
        const passed = eventsOf(traced, send).filter(({ point }) => !TASK.includes(point));
        assert.deepEqual(
          passed.map(({ place, point }) => `${place} ${point}`),
          PACKET.map((point, i) => `${i < 3 ? near : far} ${point}`),
        );
        assert.ok(passed.every(({ noNumber, byState, point }) => !noNumber && byState === (point === 'data_ready')));
      }
      // Accepting the connection makes the listening socket readable, before anything is sent.
      const begin = requests?.[0]?.timeNs ?? assert.fail('no request');
      assert.deepEqual(
        traced.rows.filter(({ point, timeNs }) => point === 'data_ready' && timeNs < begin),
        [],
      );
      if (protocol === 'udp_rr')
        assert.deepEqual(
          requests?.map(({ number }) => number),
          Array.from({ length: COUNT }, (_, i) => i),
        );
    });

  it('ties the waking and running of the receiving task to the packet, and names that task', async () => {
    const traced = await rig.trace([...PACKET, ...TASK], () => rig.transact({ count: COUNT, paceNs: 1_000_000 }));
    const answers = traced.rows.filter(
      ({ point, place, payload }) => point === 'recv_exit' && place === 'left' && payload > 0,
    );
    const strays: unknown[] = [];
    const woken = answers.filter((answer) => {
      const events = eventsOf(traced, answer);
      const ready = events.find(({ point }) => point === 'data_ready') ?? assert.fail('data_ready is missing');
      const within = ({ timeNs }: Row) => timeNs > ready.timeNs && timeNs < answer.timeNs;
      // A client that had not yet gone to sleep needs no waking.
      const waking = traced.rows.find((row) => row.point === 'waking' && row.aux === answer.tid && within(row));
      if (waking === undefined) return false;
      // One that was just going to sleep is woken and runs on.
      const runs = events.filter(({ point }) => point === 'switch_in');
      const runsOnce =
        runs.length <= 1 && runs.every((run) => within(run) && run.timeNs > waking.timeNs && run.tid === answer.tid);
      const tied = [waking.flow, waking.number, waking.byState].join() === [answer.flow, answer.number, true].join();
      if (!runsOnce || !tied) strays.push({ answer, waking, runs });
      return runs.length === 1;
    });
    assert.equal(answers.length, COUNT);
    // The tie is remembered, not read: an interrupt between the two may take it.
    assert.ok(
      strays.length <= COUNT / 20,
      JSON.stringify(strays[0], (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
    );
    assert.ok(woken.length > 10, `${woken.length} of ${COUNT}`);
    // Its timer woke it for the next request: that was no packet.
    const byTimer = traced.rows.filter(
      ({ point, aux, flow }) => point === 'waking' && aux === answers[0]?.tid && flow === '',
    );
    assert.ok(byTimer.length > 10, `${byTimer.length} of ${COUNT}`);
  });

  const noTsc = process.arch === 'x64' ? false : 'hoptrace reads the counter of x86 alone: run this test on x86-64';
  it("has the CPU's counter before and behind the records, at the rate that it has here", { skip: noTsc }, async () => {
    const { state } = await rig.trace(PACKET, () => rig.transact({ count: COUNT, paceNs: 1_000_000 }));
    const [start, end] = [state.header.tsc ?? assert.fail('no pair'), state.trailer?.tsc ?? assert.fail('no pair')];
    assert.ok(start.widthNs < 1e6 && end.widthNs < 1e6, `${start.widthNs} ns, ${end.widthNs} ns`);
    const passedNs = Number(end.monotonicNs - start.monotonicNs);
    assert.ok(passedNs > COUNT * 1e6);
    // A second file has the same rate: two lines on one counter.
    const again = (await rig.trace(PACKET, () => rig.transact({ count: 20 }))).state.header.tsc ?? assert.fail();
    const rate = Number(end.tsc - start.tsc) / passedNs;
    const later = Number(again.tsc - end.tsc) / Number(again.monotonicNs - end.monotonicNs);
    assert.ok(rate > 0.1 && rate < 20, `${rate} GHz`);
    assert.ok(Math.abs(later / rate - 1) < 1e-3, `${rate} GHz, then ${later} GHz`);
  });

  it('records nothing of other namespaces and of other ports', async () => {
    const own = [rig.netnsLine('left'), ...PACKET.map((point) => `point ${point}`), `port ${PORT}`, 'go', ''].join(
      '\n',
    );
    const traced = await rig.trace(PACKET, async () => {
      await rig.transact({ port: PORT + 1, count: 20 });
      const { rows } = await rig.traceOf(own, () => rig.transact({ count: 20 }));
      assert.deepEqual([...new Set(rows.map(({ place }) => place))], ['left']);
      assert.equal(rows.filter(({ point, payload }) => point === 'send_enter' && payload > 0).length, 20);
    });
    const flows = traced.rows.filter(({ flow }) => !flow.includes(`:${PORT}`));
    assert.deepEqual(flows, []);
    assert.equal(traced.rows.filter(({ point }) => point === 'send_enter').length, 40);
  });

  it('names a point that it does not know and those that this kernel refuses, and records the others', async () => {
    const all = TRACE_POINTS.map(({ name }) => name);
    const traced = await rig.trace(['nonesuch', ...all], () => rig.transact({ count: 20 }));
    const { asked, refused } = traced.state.header;
    assert.deepEqual(asked, ['nonesuch', ...all]);
    assert.deepEqual(refused[0], { point: 'nonesuch', why: 'hoptrace knows no such point' });
    for (const { point, why } of refused.slice(1))
      assert.match(why, /^(tp_btf|fentry|fexit) \w+: \w|^nothing that the plan names passes it/, point);
    const seen = new Set(traced.rows.map(({ point }) => point));
    for (const point of PACKET) assert.ok(seen.has(point), point);
    for (const point of ['switch', 'softirq_enter', 'softirq_exit']) assert.ok(seen.has(point), point);
  });

  it('names the task that a CPU changed to, and has each interrupt that began and ended', async () => {
    const points = ['switch', 'softirq_enter', 'softirq_exit', 'send_enter'];
    const before = idleMs();
    const traced = await rig.trace(points, () => rig.transact({ count: 50, paceNs: 1_000_000 }));
    const client = traced.rows.find(({ point, place }) => point === 'send_enter' && place === 'left')?.tid;
    const switches = traced.rows.filter(({ point }) => point === 'switch');
    const names = new Set(switches.filter(({ tid }) => tid === client).map(({ name }) => name));
    // Before its last exec the process was another.
    assert.equal([...names].at(-1), 'hoplab-prober');
    assert.ok(switches.every(({ name }) => name !== ''));
    // The idle task is 0, and none of those before it; a machine that is busy throughout has none.
    if (idleMs() - before > IDLE_MS) assert.ok(switches.some(({ tid }) => tid === 0));
    assert.ok(switches.every(({ tid, name }) => (tid === 0) === name.startsWith('swapper/')));
    for (const cpu of new Set(switches.map((row) => row.cpu))) {
      const own = switches.filter((row) => row.cpu === cpu);
      // The client leaves a CPU before another gets it. (Not every task does, for the tracepoint: threads of
      // some services of the machine were seen to leave without one.)
      assert.ok(own.every(({ aux }, i) => own[i - 1]?.tid !== client || aux === client));
      const softirqs = traced.rows.filter((row) => row.cpu === cpu && row.point.startsWith('softirq_'));
      // On one CPU they do not nest: each ends before the next begins.
      const wrong = softirqs.filter((row, i) => i > 0 && row.point === softirqs[i - 1]?.point);
      assert.deepEqual(wrong, []);
    }
  });
});

/** Time in which CPUs had nothing to do, since the boot. */
function idleMs(): number {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[1]) * 1000;
}

function eventsOf({ rows }: DecodedTrace, { flow, number }: Row): Row[] {
  return rows.filter((row) => row.flow === flow && row.number === number && row.payload > 0);
}

function lost({ state }: DecodedTrace): number {
  assert.equal(state.damage, null);
  return (state.trailer ?? assert.fail('there is no trailer')).lost.reduce((sum, records) => sum + records, 0);
}
