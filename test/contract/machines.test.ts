// SPDX-License-Identifier: GPL-2.0-only
/** What every kind of machine owes the lab: what can be told of each without root, and all of it of a kind of the test's own. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { machineKindOf, machines } from '../../src/machines/index.ts';
import { HOST1, HOSTS, isPlace, wholeMachine } from '../../src/model/place.ts';
import { local } from '../support/local-machine/local.ts';
import { kindContract } from '../support/machine-contract.ts';

/** The array with one more: a folder and a line are all that it takes. */
const KINDS = [...machines, local];

describe('the kinds of machines', () => {
  it('have words of their own and are found by them, and the first is for a lab that names none', () => {
    assert.equal(new Set(KINDS.map(({ kind }) => kind)).size, KINDS.length);
    for (const { kind, summary } of KINDS) {
      assert.match(kind, /^[a-z][a-z0-9-]*$/);
      assert.ok(summary.length > 20);
    }
    for (const kind of machines) assert.equal(machineKindOf(kind.kind), kind);
    for (const { options } of KINDS)
      for (const [key, schema] of Object.entries(options.shape)) {
        assert.notEqual(key, 'kind');
        assert.ok(
          KINDS.every((other) => (other.options.shape[key] ?? schema) === schema),
          `two keys are called ${key}`,
        );
      }
    assert.equal(machineKindOf(undefined), machines[0]);
    assert.throws(() => machineKindOf('nosuch'), /no machine of kind nosuch/);
  });

  for (const kind of KINDS)
    it(`${kind.kind} plans its places apart, the same each time, and undoes what makes one`, () => {
      assert.deepEqual(kind.place(HOST1), kind.place(HOST1));
      const [first = [], second = []] = HOSTS.map((host) => kind.place(host).map((step) => step.do.join(' ')));
      assert.ok(first.length > 0);
      assert.notDeepEqual(first, second);
      assert.ok(kind.place(HOST1).some(({ on, undo }) => !isPlace(on) && on.of === HOST1 && undo !== null));
    });

  for (const kind of KINDS)
    it(`${kind.kind} shows a command at a place with its place, and one of the whole machine as it is`, () => {
      const argv = ['ip', 'link', 'show'];
      assert.deepEqual(kind.show(argv, { on: wholeMachine(HOST1) }, {}), argv);
      assert.ok(kind.show(argv, { on: HOST1 }, {}).includes(HOST1));
      assert.deepEqual(kind.show(argv, { on: HOST1 }, {}).slice(-2), argv.slice(-2));
    });

  for (const kind of KINDS)
    it(`${kind.kind} shows the user's own words as they are`, () => {
      const argv = ['ip', '-6', 'route'];
      assert.deepEqual(kind.show(argv, { on: HOST1, asTyped: true }, {}).slice(-3), argv);
    });
});

describe('machine local', () => kindContract({ kind: local, folder: '', seenFolder: '..' }));
