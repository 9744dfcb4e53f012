// SPDX-License-Identifier: GPL-2.0-only
/** Paths over one uplink take turns: one a block, A B B A, without draws of two of them; the reader is told. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseLabFile } from '../../../src/config/parse-lab-file.ts';
import { planLab } from '../../../src/lab/plan/plan.ts';
import { turnWarning } from '../../../src/lab/plan/turns.ts';

const FACTS = { cpus: [0, 1], isolatedCpus: [], vhostNet: false, arch: 'x86_64' };
const planOf = (wire: string, paths: string) =>
  planLab(
    parseLabFile(
      `machines: {host1: {kind: ssh, host: far}}\nwire: ${wire}\npaths: ${paths}\nprobes: [{protocol: tcp_rr, count: 400}]\n`,
      'lab.yaml',
    ),
    FACTS,
    [],
  );

describe('paths over one uplink', () => {
  it('are measured one a block, in the order A B B A, without draws or a twin', () => {
    const plan = planOf('{uplink: eth1}', '{host: {}, tap: {}}');
    const order = plan.blocks.map(({ paths, slots }) => {
      assert.deepEqual(
        slots,
        paths.filter((name) => name === 'tap'),
      );
      return paths.join(' ');
    });
    assert.deepEqual(order, ['host', 'tap', 'tap', 'host', 'host', 'tap', 'tap', 'host']);
    assert.deepEqual(
      plan.paths.map(({ name }) => name),
      ['host', 'tap'],
    );
    assert.match(turnWarning(plan) ?? '', /^host, tap take turns on host1 eth1 and host2 eth1: /);
  });

  it('rotate with what has a wire of its own, and where each has its own nothing changes', () => {
    const wires = '{host: {}, tap: {wire: {uplink: eth2}}, macvtap: {wire: {uplink: {host1: eth3, host2: eth4}}}}';
    const plan = planOf('{uplink: eth1}', wires);
    assert.ok(plan.blocks.some(({ paths }) => paths.join(' ') === 'tap macvtap'));
    assert.ok(plan.blocks.some(({ part }) => part === 'comparison'));
    assert.equal(turnWarning(plan), null);
  });

  it('name their interfaces as the kernel can have them', () => {
    const refuses = (wire: string, words: RegExp) =>
      assert.throws(() => planOf(wire, '{host: {}}'), { message: words });
    refuses('{uplink: {host3: eth1}}', /host3/);
    refuses('uplink', /wire/);
    const alone = (wire: string) => parseLabFile(`wire: {uplink: ${wire}}\npaths: {host: {}}\n`, 'lab.yaml');
    assert.throws(() => alone('eth1'), {
      code: 'LAB_FILE_INVALID',
      message: /no uplink between them: eth1 of one machine cannot be both of its ends/,
    });
    alone('{host1: eth1, host2: eth2}');
    refuses('{uplink: "a name that is too long"}', /wire/);
  });
});
