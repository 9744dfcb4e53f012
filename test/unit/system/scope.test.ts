// SPDX-License-Identifier: GPL-2.0-only
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Scope } from '../../../src/system/scope.ts';

describe('a scope', () => {
  it('runs its cleanups last in first out', async () => {
    const order: string[] = [];
    const scope = new Scope();
    for (const name of ['a', 'b', 'c']) scope.defer(name, async () => order.push(name));
    await scope.close();
    assert.deepEqual(order, ['c', 'b', 'a']);
    assert.equal(scope.size, 0);
  });

  it('runs all of them although some fail, and names each failure', async () => {
    const order: string[] = [];
    const scope = new Scope();
    scope.defer('remove the bridge', async () => order.push('bridge'));
    scope.defer('remove the tap', async () => {
      throw new Error('busy');
    });
    scope.defer('stop passt', async () => {
      throw new Error('gone');
    });
    await assert.rejects(scope.close(), (error: unknown) => {
      assert.ok(error instanceof AggregateError);
      assert.equal(error.errors.length, 2);
      assert.match(error.message, /stop passt: gone; remove the tap: busy/);
      return true;
    });
    assert.deepEqual(order, ['bridge']);
  });

  it('does not wait for a cleanup that hangs beyond its limit', async () => {
    const order: string[] = [];
    const scope = new Scope(20);
    scope.defer('first', async () => order.push('first'));
    scope.defer('hangs', () => new Promise(() => undefined));
    await assert.rejects(scope.close(), /hangs: did not end within 20 ms/);
    assert.deepEqual(order, ['first']);
  });

  it('closes twice without running anything twice', async () => {
    let runs = 0;
    const scope = new Scope();
    scope.defer('once', async () => runs++);
    await scope.close();
    await scope.close();
    assert.equal(runs, 1);
  });
});
