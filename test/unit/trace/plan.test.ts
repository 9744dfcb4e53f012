// SPDX-License-Identifier: GPL-2.0-only
/** What a trace asks for and in which order, and what of a timeline is on the way. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseExport } from '../../../src/cli/show/trace-export.ts';
import { overrideLab } from '../../../src/config/lab-overrides.ts';
import { defaultLabSpec } from '../../../src/config/to-lab-spec.ts';
import { planLab } from '../../../src/lab/plan/plan.ts';
import { tracerPlanText } from '../../../src/lab/trace/plan.ts';
import { pointsAt } from '../../../src/lab/trace/points.ts';
import { planTrace } from '../../../src/lab/trace.ts';
import { type Direction, GUEST, HOST1, HOST2, HOSTS, type Place } from '../../../src/model/place.ts';
import type { MachineFacts, Plan } from '../../../src/model/plan.ts';
import type { Timelines, TraceStep } from '../../../src/model/trace-timelines.ts';
import { onTheWay } from '../../../src/results/trace/on-the-way.ts';
import { poolTimelines } from '../../../src/results/trace/pool.ts';
import { lastTransaction } from '../../../src/trace/breakdown/function-graph.ts';
import { pointNumber } from '../../../src/trace/records/points.ts';

const FACTS: MachineFacts = { cpus: [0, 1], isolatedCpus: [], vhostNet: false, arch: 'x86_64' };

function plannedTrace(only: readonly string[], direction: Direction = 'guest-to-host1'): Plan {
  const spec = overrideLab(defaultLabSpec(), { only, effort: 'quick', direction });
  return planTrace(planLab({ ...spec, comparison: { ...spec.comparison, twin: false } }, FACTS, []), {
    spec,
    pairs: 2,
    count: 100,
  });
}

describe('the blocks of a trace', () => {
  it('come in pairs on one plugging, the second in the other order and with the slots reversed', () => {
    const { blocks } = plannedTrace(['host', 'tap', 'ebpf']);
    assert.deepEqual(
      blocks.map(({ id, slots, freshPlug, trace }) => [id, slots.join(), freshPlug, trace?.traced]),
      [
        ['host-00-plain', '', true, false],
        ['host-00-traced', '', false, true],
        ['guest-00-plain', 'tap,ebpf', true, false],
        ['guest-00-traced', 'tap,ebpf', false, true],
        ['host-01-traced', '', true, true],
        ['host-01-plain', '', false, false],
        ['guest-01-traced', 'ebpf,tap', true, true],
        ['guest-01-plain', 'ebpf,tap', false, false],
      ],
    );
  });
});

const ON_HOST = { places: HOSTS, isGuest: false };
const IN_GUEST = { places: [GUEST], isGuest: true };

describe('the points of a trace', () => {
  const { paths } = plannedTrace(['tap', 'ebpf']);

  it('are those of the hops and of both ends, each asked for once and known', () => {
    const [host, guest] = [
      pointsAt(ON_HOST, paths, { profile: 'full' }),
      pointsAt(IN_GUEST, paths, { profile: 'full' }),
    ];
    for (const points of [host, guest]) {
      assert.equal(new Set(points).size, points.length);
      for (const point of points) assert.ok(pointNumber(point) > 0);
    }
    for (const point of ['vmm_in', 'vmm_out', 'xdp_in', 'netif_rx', 'kick']) assert.ok(host.includes(point), point);
    assert.ok(guest.includes('driver_enter') && !guest.includes('vmm_in'));
  });

  it('are three a machine for a light trace, and more for a slow one', () => {
    assert.deepEqual(pointsAt(ON_HOST, paths, { profile: 'light' }).toSorted(), ['dev_xmit', 'kick', 'netif_receive']);
    assert.deepEqual(pointsAt(IN_GUEST, paths, { profile: 'light' }).toSorted(), [
      'driver_enter',
      'driver_exit',
      'netif_receive',
    ]);
    assert.ok(pointsAt(ON_HOST, paths, { profile: 'slow' }).includes('switch'));
  });

  it('are split where host1 is on a machine of its own', () => {
    const of = (places: readonly Place[]) => pointsAt({ places, isGuest: false }, paths, { profile: 'full' });
    assert.ok(of([HOST2]).includes('vmm_in') && !of([HOST1]).includes('vmm_in'));
    assert.deepEqual(new Set([...of([HOST1]), ...of([HOST2])]), new Set(of(HOSTS)));
  });

  it('are told to the tracer a line each, with every thread before its process', () => {
    const text = tracerPlanText({
      points: ['kick'],
      netns: [{ path: '/run/netns/host1', name: 'host1' }],
      threads: [{ tid: 7, name: 'server', process: true }],
      devices: [],
      ports: [9100],
      bufferBytes: 65536,
      drainMs: 20,
      output: '-',
    });
    assert.equal(
      text,
      'point kick\nnetns /run/netns/host1 host1\ntid 7 server\nprocess 7 server\nport 9100\nbuffer 65536\ndrain 20\noutput -\ngo\n',
    );
  });
});

function timelines(steps: readonly TraceStep[], number = 0): Timelines {
  return {
    length: 1,
    steps,
    originNs: 1000n,
    number: Uint32Array.of(number),
    flags: Uint8Array.of(0),
    startNs: Float64Array.of(5),
    first: Uint32Array.of(0, steps.length),
    step: Uint16Array.from(steps.keys()),
    atNs: Uint32Array.from(steps.keys(), (i) => i * 10),
  };
}

const task = (place: string, point: string): TraceStep => ({ machine: 'host', place, device: '', point, side: 'task' });
const packet = (place: string, point: string, side: 'request' | 'response'): TraceStep => ({
  ...{ machine: 'host', place, device: '', point, side },
});

describe('what is on the way of a transaction', () => {
  const steps = [
    task('vmm', 'waking'),
    task('vmm', 'switch_in'),
    packet('host2', 'vmm_out', 'request'),
    task('vcpu0', 'waking'),
    task('server', 'waking'),
    task('server', 'switch_in'),
    packet('host2', 'vmm_in', 'response'),
    { ...task('vcpu0', 'waking'), device: 'again' },
    { ...task('server', 'switch_in'), device: 'again' },
  ];

  it('leaves out who gets the CPU back unwoken, and a vCPU that is woken before there is a packet for it', () => {
    assert.deepEqual(onTheWay(timelines(steps), 'response')(0), [0, 1, 2, 4, 5, 6, 7]);
  });

  it('leaves out the interrupt for what was sent, and what a guest wakes the host for with its response in hand', () => {
    const more = [
      task('vcpu0', 'kick'),
      packet('host2', 'vmm_out', 'request'),
      packet('host2', 'guest_irq', 'request'),
      packet('host2', 'vmm_in', 'response'),
      packet('host2', 'guest_irq', 'response'),
      { ...packet('guest', 'netif_receive', 'response'), machine: 'guest' },
      { ...task('vcpu0', 'kick'), device: 'again' },
      task('vhost', 'waking'),
      { ...task('client', 'recv_exit'), machine: 'guest' },
    ];
    assert.deepEqual(onTheWay(timelines(more), 'response')(0), [0, 1, 3, 4, 5, 8]);
  });

  it('keeps the waking of a vCPU that no VMM gave a packet, once the hosts are done with it', () => {
    const own = [
      task('vcpu0', 'waking'),
      packet('host1', 'dev_xmit', 'request'),
      packet('host1', 'dev_xmit', 'response'),
      { ...task('vcpu0', 'waking'), device: 'again' },
      { ...task('vcpu0', 'switch_in'), device: 'again' },
      { ...packet('guest', 'netif_receive', 'response'), machine: 'guest' },
    ];
    assert.deepEqual(onTheWay(timelines(own), 'response')(0), [1, 2, 3, 4, 5]);
  });

  it('is pooled over blocks by the names of steps, without the warm-up', () => {
    const first = timelines([packet('host1', 'netif_rx', 'request'), packet('host1', 'netif_receive', 'request')], 3);
    const second = timelines([packet('host1', 'netif_receive', 'request')], 1);
    const cold = timelines([packet('host1', 'dev_xmit', 'request')], 0);
    const pooled = poolTimelines(
      [
        { timelines: first, warmup: 1, firstNumber: 0 },
        { timelines: second, warmup: 1, firstNumber: 10 },
        { timelines: cold, warmup: 1, firstNumber: 20 },
      ],
      'response',
    );
    assert.deepEqual([...pooled.number], [3, 11]);
    assert.deepEqual([...pooled.first], [0, 2, 3]);
    assert.deepEqual([...pooled.step], [0, 1, 1]);
  });
});

describe('what the command line and the kernel give', () => {
  it('an export is a kind and maybe a file, and anything else is refused with what there is', () => {
    assert.deepEqual(parseExport('svg'), { kind: 'svg', file: null });
    assert.deepEqual(parseExport('chrome:/a:b.json'), { kind: 'chrome', file: '/a:b.json' });
    assert.throws(() => parseExport('chrom'), /no kind "chrom".*chrome, ndjson, pcapng, svg/);
    assert.throws(() => parseExport('svg:'), /a file name belongs/);
  });

  it('of a function graph the last whole transaction is cut out', () => {
    const call = (name: string) =>
      ` 0)               |  ${name}() {\n 0)   1.2 us    |    inner();\n 0)   3.4 us    |  }\n`;
    const text = `# tracer: function_graph\n${call('tcp_sendmsg')}${call('net_rx_action')}${call('tcp_sendmsg')}`;
    const found = lastTransaction(text);
    assert.equal(found?.functions, 4);
    assert.match(found?.lines[0] ?? '', /tcp_sendmsg/);
    assert.equal(lastTransaction(call('tcp_sendmsg')), null);
  });
});
