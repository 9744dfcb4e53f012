// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab run` with one real guest over every backend: exact counts, order, plausibility, proof of path. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { usualBackends } from '../../src/backends/index.ts';
import type { Block } from '../../src/model/block.ts';
import type { Report } from '../../src/model/result.ts';
import { projectFolder } from '../fixtures/project-folder.ts';
import { hoplab, killAllHoplabs, type Outcome } from '../support/hoplab.ts';
import { assertMachineClean } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';
import { timed } from '../support/timed.ts';

const GUEST_PATHS = [...usualBackends.filter(({ guest }) => guest).map(({ kind }) => kind), 'tap-twin'];
const COUNT = 200;
const DRAWS = 2;
/** Of groups of 50 each; the paths are those that a run has without a lab file. */
const LAB = 'compare: {transactions: 500, warmup: 100}\n';
const GROUPS = 10;
const NOBODY = 65_534;
const MICROSECOND = 1000;
const ARGS = ['--force', '--count', `${COUNT}`, '--draws', `${DRAWS}`, '--accel', 'tcg', '--seed', '7'];

describe('a run over every backend', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let root: string;
  let runs: string;
  let outcome: Outcome;
  let report: Report;
  let folder: string;
  const cells = () => report.probes.flatMap((probe) => probe.cells);
  const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(folder, ...path), 'utf8'));

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    runs = join(root, 'runs');
    const lab = join(root, 'lab.yaml');
    await writeFile(lab, LAB);
    outcome = await hoplab(['run', lab, ...ARGS, '--probe', 'tcp_rr', '--probe', 'udp_rr,pace=1ms', '--json'], {
      env: { HOPLAB_RUNS: runs },
    });
    assert.equal(outcome.code, 0, outcome.stderr + outcome.stdout.slice(0, 2000));
    report = JSON.parse(outcome.stdout);
    folder = join(runs, report.run.id);
  });

  after(async () => {
    killAllHoplabs();
    await rm(root, { recursive: true, force: true });
  });

  it('says nothing on stderr, and leaves nothing out', () => {
    assert.equal(outcome.stderr, '');
    assert.deepEqual(report.unavailable, []);
    assert.deepEqual(report.failed, []);
    assert.equal(report.run.state, 'finished');
  });

  it('measures each path under each probe, as often as it was told to and in the rotation that was planned', () => {
    const rows = cells().map(({ path, probe, n, k, lost }) => [probe, path, n, k, lost].join(' '));
    const expected = ['tcp-rr', 'udp-rr-1ms'].flatMap((probe) => [
      `${probe} host ${COUNT} 1 0`,
      ...GUEST_PATHS.map((path) => `${probe} ${path} ${COUNT} ${GUEST_PATHS.length} 0`),
    ]);
    assert.deepEqual(rows.sort(), expected.sort());
  });

  it('gives figures in order, of a plausible size, of which those of host are the lowest', () => {
    for (const cell of cells().map(timed)) {
      const { path, minNs, p50Ns, p90Ns, p99Ns, maxNs, meanNs } = cell;
      assert.deepEqual([minNs, p50Ns, p90Ns, p99Ns, maxNs], [minNs, p50Ns, p90Ns, p99Ns, maxNs].sort(byNumber), path);
      assert.ok(minNs > 5 * MICROSECOND && p50Ns < 100_000 * MICROSECOND, `${path}: ${minNs} to ${p50Ns} ns`);
      assert.ok(meanNs >= minNs && meanNs <= maxNs);
      assert.equal(cell.p999Ns, null);
    }
    for (const { cells: rows } of report.probes) {
      const floor = rows.map(timed).find(({ path }) => path === 'host');
      assert.ok(floor?.ratioToHost === 1);
      for (const row of rows.map(timed).filter(({ path }) => path !== 'host')) {
        assert.ok(row.p50Ns > floor.p50Ns, `${row.path}: ${row.p50Ns} ns, host: ${floor.p50Ns} ns`);
      }
    }
  });

  it('proves by the counters of the interfaces which way every transaction went', () => {
    for (const cell of cells()) assert.ok(cell.proven, `${cell.probe} ${cell.path}`);
    for (const block of blocks()) {
      assert.deepEqual(block.proofs.map(({ path }) => path).sort(), [...block.paths].sort());
      for (const { proven, evidence } of block.proofs) {
        assert.ok(proven, evidence.join('; '));
        assert.match(evidence.join(), /: \d+ packets of requests and \d+ of responses for \d+ transactions/);
      }
    }
  });

  it('compares every path with the reference in two draws, the twin too, with reversed slots', () => {
    const [probe] = report.probes;
    const compared = probe?.comparisons ?? [];
    assert.deepEqual(
      compared.map(({ candidate, reference }) => `${candidate} ${reference}`).sort(),
      GUEST_PATHS.filter((path) => path !== 'tap')
        .map((path) => `${path} tap`)
        .sort(),
    );
    for (const { draws, isTwin, candidate, slots, lost, outcome } of compared) {
      assert.equal(isTwin, candidate === 'tap-twin');
      assert.equal(slots, 'reversed in pairs');
      assert.equal(lost, 0);
      // Two draws are too few to claim anything.
      assert.notEqual(outcome, 'different');
      assert.deepEqual(
        draws.map(({ draw, reversed, groups }) => ({ draw, reversed, groups })),
        [false, true].map((reversed, draw) => ({ draw, reversed, groups: GROUPS })),
      );
    }
    const seeds = blocks().map(({ seed }) => seed);
    assert.equal(new Set(seeds).size, seeds.length);
  });

  it('leaves a complete run folder, whose results keep to their schema', () => {
    const names = new Set(readdirSync(folder, { recursive: true }).map(String));
    for (const name of ['run', 'spec', 'plan', 'environment', 'results']) assert.ok(names.has(`${name}.json`), name);
    for (const { id } of blocks()) assert.ok(names.has(join('samples', `${id}.hls`)), id);
    for (const log of ['qemu', 'guest-0-console', 'passt-passt']) assert.ok(names.has(join('logs', `${log}.log`)), log);
    assert.equal(blocks().length, (read('plan.json') as { blocks: unknown[] }).blocks.length);

    const schema = JSON.parse(readFileSync(join(projectFolder(), 'schema', 'results.schema.json'), 'utf8'));
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
    assert.ok(validate(read('results.json')), JSON.stringify(validate.errors));
    assert.deepEqual(read('results.json'), report);
  });

  it('records the guest, QEMU, and the offloads of every device on the paths', () => {
    const { guests, devices, after: loadAfter } = read('environment.json') as Environment;
    const { guest } = guests;
    assert.equal(guest.accel, 'tcg');
    assert.equal(guest.accelReason, 'chosen by the user');
    assert.match(guest.vmm.version, /^\d+\.\d+\.\d+/);
    assert.ok(loadAfter !== null);
    for (const device of ['host1 w-tap', 'host2 t-tap', 'host2 w-macvtap', 'host2 m-macvtap', 'host2 w-passt']) {
      const found = devices.find((each) => `${each.where} ${each.device}` === device);
      assert.equal(typeof found?.offloads['tx-checksumming'], 'boolean', device);
    }
    assert.equal(devices.filter(({ where }) => where === 'guest').length, GUEST_PATHS.length);
  });

  it('is reported from its folder by a user without any right, in the same words', async () => {
    for (const each of [root, runs]) await chmod(each, 0o755);
    const again = await hoplab(['report', folder, '--json'], { uid: NOBODY });
    assert.equal(again.code, 0, again.stderr);
    assert.equal(again.stdout, outcome.stdout);
    const text = await hoplab(['report', folder, '--width', '120'], { uid: NOBODY });
    assert.match(text.stdout, /^ {2}macvtap +200 /m);
  });

  it('leaves nothing on the machine', () => assertMachineClean(runs));

  function blocks(): Block[] {
    return readdirSync(join(folder, 'blocks')).map((name) => read('blocks', name) as Block);
  }
});

interface Environment {
  readonly guests: {
    readonly guest: {
      readonly accel: string;
      readonly accelReason: string;
      readonly vmm: { readonly version: string };
    };
  };
  readonly devices: readonly {
    readonly where: string;
    readonly device: string;
    readonly offloads: Readonly<Record<string, unknown>>;
  }[];
  readonly after: unknown;
}

function byNumber(a: number, b: number): number {
  return a - b;
}
