// SPDX-License-Identifier: GPL-2.0-only
/** What every kind of wire owes the core, checked on each entry of the one array. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyStep, type PathMachine } from '../../src/lab/live/attach.ts';
import { addressesOf } from '../../src/lab/plan/addressing.ts';
import { machinesOf } from '../../src/machines/index.ts';
import { argvOn } from '../../src/machines/netns/argv.ts';
import { Scope } from '../../src/system/scope.ts';
import { wireOf, wires } from '../../src/wires/index.ts';

const SIGNAL = new AbortController().signal;

/** Records what is run; act number `failAt` fails, once; -1 = none. */
function recorder(failAt: number) {
  const acts: string[] = [];
  let left = failAt;
  const machine: PathMachine = {
    run: async (argv, { on }) => {
      if (left-- === 0) throw new Error('fails');
      acts.push(argvOn(on, argv).join(' '));
      return '';
    },
    start: () => assert.fail('a wire starts nothing'),
  };
  return { acts, machineOf: () => machine };
}

describe('the kinds of wires', () => {
  it('say why of machines that they cannot link, and the first links those of a lab that names none', () => {
    for (const wire of wires)
      assert.notEqual(
        wire.misfit({ host1: { kind: 'one', options: {} }, host2: { kind: 'another', options: {} } }),
        '',
      );
    assert.equal(wireOf(undefined).misfit(machinesOf({})), null);
  });

  it('have words of their own, and are found by them', () => {
    assert.equal(new Set(wires.map(({ kind }) => kind)).size, wires.length);
    for (const wire of wires) {
      assert.match(wire.kind, /^[a-z][a-z0-9-]*$/);
      assert.equal(wireOf(wire.kind), wire);
      assert.ok(wire.summary.length > 20 && wire.requires.length > 0);
    }
    assert.equal(wireOf(undefined), wires[0]);
    assert.throws(() => wireOf('nosuch'), /no wire of kind nosuch/);
  });
});

for (const kind of wires)
  describe(`wire ${kind.kind}`, () => {
    const planned = (path: string, index: number) => kind.plan({ ...addressesOf(path, index).wire, kind: kind.kind });

    it('plans the same twice, and shares no device or address between two paths', () => {
      assert.deepEqual(planned('one', 1), planned('one', 1));
      const words = (path: string, index: number) =>
        planned(path, index)
          .flatMap((step) => step.do)
          .filter((word) => word.includes(`-${path}`) || /^10\.99\.|^02:68/.test(word));
      const [first, second] = [words('one', 1), words('two', 2)];
      assert.ok(first.length >= 4);
      assert.deepEqual(
        first.filter((word) => second.includes(word)),
        [],
      );
    });

    it("makes both ends, and brings up host1's alone with its address", () => {
      const { wire } = addressesOf('one', 1);
      const acts = planned('one', 1).map(({ on, do: argv }) => argvOn(on, argv).join(' '));
      for (const { device, mac } of [wire.host1, wire.host2])
        assert.ok(acts.some((act) => act.includes(device) && act.includes(mac)));
      assert.ok(acts.some((act) => act.includes(`${wire.host1.address}/${wire.prefix}`)));
      assert.ok(acts.every((act) => !act.includes(wire.host2.address)));
    });

    it('undoes what it did in reverse, also when any step fails', async () => {
      const steps = planned('one', 1);
      for (let k = 0; k <= steps.length; k++) {
        const { acts, machineOf } = recorder(k < steps.length ? k : -1);
        const scope = new Scope();
        const make = async () => {
          for (const step of steps) await applyStep(step, { machineOf, scope, signal: SIGNAL });
        };
        if (k < steps.length) await assert.rejects(make(), /fails/);
        else await make();
        assert.equal(acts.length, k);
        await scope.close();
        const owed = steps.slice(0, k).flatMap(({ on, undo }) => (undo === null ? [] : [argvOn(on, undo).join(' ')]));
        assert.deepEqual(acts.slice(k), owed.reverse());
      }
    });
  });
