// SPDX-License-Identifier: GPL-2.0-only
/** What changed between two runs, in as few words as say it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { changeWords } from '../../../src/compare/change-words.ts';

it('of options those are named that differ', () => {
  assert.equal(
    changeWords('ebpf {"extraBridges":0,"mode":"native"}', 'ebpf {"extraBridges":6,"mode":"native"}'),
    'extraBridges 0 -> 6',
  );
  assert.equal(
    changeWords('tap {"vhost":"on"}', 'tap {"queues":2,"vhost":"off"}'),
    'vhost on -> off, queues none -> 2',
  );
});

it('what is not options of one backend is shown as it is, and what both begin with once', () => {
  assert.equal(changeWords('tap {"vhost":"on"}', 'ovs {}'), 'tap {"vhost":"on"} -> ovs {}');
  assert.equal(changeWords('tap {broken}', 'tap {broken too}'), 'tap {broken} -> tap {broken too}');
  assert.equal(changeWords('host2 t-tap gso: on', 'host2 t-tap gso: off'), 'host2 t-tap gso: on -> off');
});
