// SPDX-License-Identifier: GPL-2.0-only
/** `npm run bench:trace`: its command line, its rows, and decoding and joining for real, with few records. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { renderGoals } from '../../../bench/support/goal-table.ts';
import { benchTraceCore, CORE_GOALS, traceCoreRows } from '../../../bench/support/trace-core.ts';
import { costRows } from '../../../bench/support/trace-cost.ts';
import { costOf, renderProgramCosts } from '../../../bench/support/trace-programs.ts';
import type { TracedPath } from '../../../src/model/trace-report.ts';
import { traceCost } from '../../../src/trace/breakdown/cost.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';

const ENTRY = join(projectFolder(), 'dist', 'bench', 'trace.js');

describe('the command line of the bench', () => {
  for (const [words, wrong] of [
    [['--bogus'], /unknown option '--bogus'/],
    [['--pairs', 'six'], /'--pairs <N>' argument 'six' is invalid\. It must be a whole number of at least 2\./],
    [['--pairs', '1'], /at least 2/],
    [['--pairs'], /'--pairs <N>' argument missing/],
    [['cost'], /too many arguments/],
  ] as const)
    it(`refuses "${words.join(' ')}" in one line`, () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [ENTRY, ...words], { encoding: 'utf8' });
      assert.equal(status, 2);
      assert.equal(stdout, '');
      assert.match(stderr, wrong);
      assert.match(stderr, /^error: .*\n(\(.*\)\n)?$/);
    });

  it('lists every part and number with its default under --help', () => {
    const text = execFileSync(process.execPath, [ENTRY, '--help'], { encoding: 'utf8' });
    for (const option of ['--core', '--rate', '--cost', '--points', '--records <N>', '--ms <N>', '--transactions <N>'])
      assert.ok(text.includes(option), `${option} in ${text}`);
    assert.match(text, /--pairs <N> [^-]*\(default: 6\)/);
  });
});

describe('the cost of tracing', () => {
  const machine = { machine: 'host', mechanism: 'bpf', records: 40_000, lost: 0, damage: null } as const;
  const block = {
    id: 'guest-00-traced',
    pair: 0,
    unused: null,
    without: [],
    passedOver: [],
    clockBoundNs: 9000,
    clockMethod: null,
    withoutTsc: null,
  };
  const path = (lost: number): Pick<TracedPath, 'blocks' | 'tracedP50Ns' | 'plainP50Ns'> => ({
    blocks: [{ ...block, machines: [{ ...machine, lost }] }],
    tracedP50Ns: 240_000,
    plainP50Ns: 200_000,
  });
  const cost = traceCost([
    { tracedNs: 240, plainNs: 200 },
    { tracedNs: 240, plainNs: 200 },
  ]);
  const render = (profile: 'full' | 'light', lost: number) =>
    renderGoals('', costRows(profile, path(lost), cost, { pairs: 3, transactions: 2000 }));

  it('is held against the goal of its own profile', () => {
    assert.match(render('full', 0), /traced \/ untraced p50 +1\.200 \[1\.200, 1\.200\] +at most 1\.30 +met$/m);
    assert.match(render('light', 0), /traced \/ untraced p50 +1\.200 \[1\.200, 1\.200\] +at most 1\.10 +MISSED$/m);
  });

  it('names pairs that were not used, and records that were lost', () => {
    assert.match(render('full', 0), /pairs used +2 of 3, 2,000 transactions a block$/m);
    assert.match(render('full', 0), /records lost +0 of 40,000 +0 +met$/m);
    assert.match(render('full', 7), /records lost +7 of 40,000 +0 +MISSED$/m);
  });
});

describe('the programs of a trace', () => {
  const trailer = (runs: number) => ({
    ...{ startNs: null, endNs: null, lost: [0], written: [runs], points: { waking: runs } },
    programs: [
      { name: 'waking', runs, ns: runs * 500 },
      { name: 'call_enter', runs: runs * 10, ns: runs * 2000 },
    ],
  });

  it('are summed over blocks, the most expensive first, and given for one transaction', () => {
    const text = renderProgramCosts([costOf('guest', [trailer(100), trailer(300)]), costOf('host', [])], 200);
    const rows = text.split('\n').map((line) => line.trim().split(/ {2,}/));
    assert.deepEqual(rows[2], ['guest call_enter', '20.00', '200', '4.00']);
    assert.deepEqual(rows[3], ['guest waking', '2.00', '500', '1.00']);
    assert.deepEqual(rows[4], ['guest, all', '22.00', '2.00', '5.00']);
    assert.deepEqual(rows[5], ['host, all', '0.00', '0.00', '0.00']);
  });
});

describe('decoding and joining', () => {
  it('gives every record that was asked for to a transaction, and counts what it took', async () => {
    const figures = await benchTraceCore({ records: 200_000, path: 'guest' });
    assert.ok(figures.records >= 200_000 && figures.transactions > 2000, JSON.stringify(figures));
    assert.ok(figures.joinPerSecond < figures.decodePerSecond, JSON.stringify(figures));
    assert.ok(
      figures.everBytes >= figures.peakBytes && figures.peakBytes >= figures.beforeBytes,
      JSON.stringify(figures),
    );
  });

  it('is missed by a thread that is too slow, and by a process that takes too much', () => {
    const at = { records: 1e7, transactions: 3e5, decodePerSecond: 1e7, joinPerCpuSecond: 3e6, breakDownMs: 900 };
    const marks = (joinPerSecond: number, peakBytes: number) =>
      traceCoreRows({ ...at, joinPerSecond, peakBytes, beforeBytes: 9e7, everBytes: 6e8 }).flatMap(
        ({ met }) => met ?? [],
      );
    assert.deepEqual(marks(CORE_GOALS.joinPerSecond, CORE_GOALS.peakBytes - 1), [true, true]);
    assert.deepEqual(marks(CORE_GOALS.joinPerSecond - 1, CORE_GOALS.peakBytes), [false, false]);
  });
});
