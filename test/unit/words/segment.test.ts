// SPDX-License-Identifier: GPL-2.0-only
/** What segments and differences are called: words of the table, and never the names of points. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SegmentDiff } from '../../../src/model/trace-diff.ts';
import type { TraceStep } from '../../../src/model/trace-timelines.ts';
import { TRACE_POINTS } from '../../../src/trace/records/points.ts';
import { describeDifference, describeSegment } from '../../../src/words/segment.ts';

const at = (point: string, place: string, machine = 'host'): TraceStep => ({
  ...{ machine, place, device: '', point, side: 'request' },
});

function difference(from: TraceStep, to: TraceStep, onlyA: readonly TraceStep[]): SegmentDiff {
  const none = { differenceNs: 0, interval: null, pValue: null, share: null };
  return { ...none, from, to, onlyA: [...onlyA], onlyB: [], meanANs: 1, meanBNs: 1 };
}

describe('words of a segment', () => {
  it('say that it is vhost which moves the frames, where it is', () => {
    const words = [
      [at('kick', 'vcpu0'), at('waking', 'vhost')],
      [at('switch_in', 'vhost'), at('vmm_out', 'host2')],
      [at('switch_in', 'vhost'), at('vmm_in', 'host2')],
      [at('kick', 'vcpu0'), at('waking', 'vmm')],
    ].map(([from, to]) => describeSegment({ from: from ?? assert.fail(), to: to ?? assert.fail() }).what);
    assert.deepEqual(words, [
      ...['the kick wakes vhost', 'vhost: ring to tap', 'vhost: frame to the ring', 'the kick wakes the VMM'],
    ]);
  });

  it('of a difference are those of the table, also where one path has points of its own in between', () => {
    const between = [at('netif_rx', 'host2')];
    const crossing = difference(at('driver_enter', 'guest', 'guest'), at('dev_queue', 'host2'), between);
    assert.equal(describeDifference(crossing).what, 'out of the guest');
    const forwarding = difference(at('netif_receive', 'host2'), at('dev_queue', 'host2'), between);
    assert.deepEqual(describeDifference(forwarding), { what: 'forwarding', where: 'host2' });
    const written = difference(at('vmm_out', 'host2'), at('netif_receive', 'host1'), between);
    assert.deepEqual(describeDifference(written), { what: 'write() to stack', where: 'host2 > host1' });
  });

  it('never are the names of two points', () => {
    const chain = TRACE_POINTS.flatMap(({ name, role }) => (role === 'chain' ? [name] : []));
    for (const from of chain)
      for (const to of chain) {
        const { what } = describeSegment({ from: at(from, 'host2'), to: at(to, 'host1') });
        for (const name of chain) assert.ok(!name.includes('_') || !what.includes(name), what);
      }
  });
});
