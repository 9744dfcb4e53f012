// SPDX-License-Identifier: GPL-2.0-only
/** A trace of tap with vhost and KVM in a real host: the hops of both, in order, and a planted delay on the hop that has it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { GENERIC_SERIES } from '../../src/guest/generic-kernel.ts';
import type { TraceStep } from '../../src/model/trace-timelines.ts';
import { traceReportSchema } from '../../src/results/trace/schema.ts';
import { needs } from '../support/needs.ts';
import { bootNested, type NestedHost } from './host.ts';

const TRACE_MS = 900_000;
const DELAY_NS = 100_000;
/** host2's end of the wire, as soon as it is there: what leaves towards host1 waits in its queue. */
const PLANT = `until nsenter -n -t "$(pgrep -o qemu-system)" tc qdisc add dev w-tap root netem delay 100us; do sleep 0.2; done`;

/** From the guest's driver to the tap, and from the tap to the guest's NIC. */
const OUT = ['kick', 'waking vhost', 'switch_in vhost', 'vmm_out', 'netif_receive tap'];
const BACK = ['dev_xmit tap', 'waking vhost', 'switch_in vhost', 'vmm_in', 'guest_irq'];

for (const kernel of GENERIC_SERIES)
  describe(`a trace of vhost under KVM, Linux ${kernel}`, { timeout: 3_600_000, skip: needs('root', 'linux') }, () => {
    let host: NestedHost;

    before(async () => {
      host = await bootNested({ kernel, signal: new AbortController().signal });
    });

    after(async () => {
      await host?.[Symbol.asyncDispose]();
    });

    it('has the hops of vhost and KVM, and finds 100 us of netem on the hop that has them', async () => {
      const trace = host.get('hoplab trace tap --pairs 2 --count 60 --accel kvm --json', { timeoutMs: TRACE_MS });
      const planted = host.get(PLANT, { timeoutMs: TRACE_MS });
      const report = traceReportSchema.parse(JSON.parse(await trace));
      await planted;
      assert.equal(report.machine.accel, 'kvm');
      const path = report.paths[0] ?? assert.fail('no path');
      assert.deepEqual(
        path.blocks.flatMap(({ unused }) => unused ?? []),
        [],
      );
      const all = path.breakdown?.byShape.map(({ steps }) => steps.map(({ step }) => nameOf(step))) ?? [];
      assert.ok(
        all.some((steps) => isInOrder(steps, [...OUT, ...BACK])),
        JSON.stringify(all),
      );
      const waits = (path.breakdown?.common?.segments ?? []).filter(
        ({ from, to }) => from.point === 'dev_queue' && to.point === 'dev_xmit',
      );
      for (const { from, minNs } of waits)
        if (from.place === 'host2' && from.device === 'wire') assert.ok(minNs >= DELAY_NS, `${minNs} ns`);
        else assert.ok(minNs < DELAY_NS, `${from.place} ${from.device}: ${minNs} ns`);
      assert.ok(
        waits.some(({ from }) => from.place === 'host2' && from.device === 'wire'),
        'the hop is not in the table',
      );
    });
  });

function nameOf({ point, place, device, side }: TraceStep): string {
  return [point, side === 'task' ? place : device]
    .filter((word) => word !== '')
    .join(' ')
    .replace(/^kick .*/, 'kick');
}

function isInOrder(steps: readonly string[], wanted: readonly string[]): boolean {
  let at = 0;
  for (const step of steps) if (step === wanted[at]) at++;
  return at === wanted.length;
}
