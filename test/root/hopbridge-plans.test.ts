// SPDX-License-Identifier: GPL-2.0-only
/** The bridge's parser on thousands of mutated plans. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { run } from '../../src/system/exec.ts';
import { projectRoot } from '../../src/system/paths.ts';
import { needs } from '../support/needs.ts';
import { Rig } from './hopbridge-rig.ts';

const signal = AbortSignal.timeout(600_000);

describe("the bridge's plans", { skip: needs('root', 'linux') }, () => {
  const words = fc.oneof(
    fc.constantFrom(
      'port',
      'a',
      'b',
      'go',
      'socket',
      'pin',
      '/x',
      'detached',
      'on',
      'watch',
      'fdb-size',
      '16',
      'force',
      'owner',
    ),
    fc.constantFrom('vlan=any', 'vlan=access:10', 'vlan=trunk:1-4094', 'vlan=trunk:10,,20:native:', 'vlan=:', 'vlan='),
    fc.constantFrom('allow=02:00:00:00:00:01', 'allow=,', 'storm=99999999999999999999', 'mode=tc', 'mode=', '=', '=='),
    fc.constantFrom('link-local', 'forward', 'ageing-ms', '-1', '0x10', '#', '\t', '\r', '\0', 'peer-netns='),
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.integer({ min: 1, max: 80_000 }).map((n) => 'x'.repeat(n)),
    fc.nat({ max: 70 }).map((n) => `allow=${Array(n).fill('02:00:00:00:00:01').join(',')}`),
  );
  const lines = fc.array(words, { maxLength: 20 }).map((line) => line.join(' ').replaceAll('\n', ''));
  const plans = fc.array(fc.oneof(lines, fc.constantFrom('port a', 'port b', 'port c vlan=access:7')), {
    maxLength: 80,
  });

  it('are taken or refused, and never read past their ends, in 4000 mutants under the sanitizers', async () => {
    await using rig = await Rig.open({ taps: 0, veths: 0 }, signal);
    const own = ['rig/plans.c', 'plan/read_plan.c', 'plan/port_options.c'];
    const lib = ['json.c', 'lines.c', 'number.c', 'plan.c'];
    const folder = join(projectRoot, 'native', 'hopbridge');
    const shared = join(projectRoot, 'native', 'lib');
    const program = join(rig.folder, 'plans');
    const flags = [
      '-g',
      '-O1',
      '-D_GNU_SOURCE',
      '-std=gnu11',
      `-I${shared}`,
      '-fsanitize=address,undefined',
      '-fno-sanitize-recover=all',
    ];
    await run(
      [
        'gcc',
        ...flags,
        '-o',
        program,
        ...own.map((name) => join(folder, name)),
        ...lib.map((name) => join(shared, name)),
      ],
      { signal },
    );
    const drawn = fc.sample(plans, { numRuns: 4000, seed: 107 }).map((plan) => plan.filter((line) => line !== 'end'));
    const input = drawn.map((plan) => `${[...plan, 'go'].join('\n')}\nend\n`).join('');
    const { stdout } = await run([program], { signal, input, timeoutMs: 300_000 });
    const said = stdout.trimEnd().split('\n').slice(0, drawn.length);
    assert.equal(said.length, drawn.length);
    for (const line of said) assert.match(line, /^(taken \d+|refused (plan|owner))$/);
    assert.ok(said.some((line) => line.startsWith('taken')));
  });
});
