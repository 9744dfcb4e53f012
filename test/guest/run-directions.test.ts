// SPDX-License-Identifier: GPL-2.0-only
/** Every protocol in every direction over every backend, with a real guest: exact counts and proof of path. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Report } from '../../src/model/result.ts';
import { hoplab, killAllHoplabs } from '../support/hoplab.ts';
import { needs } from '../support/needs.ts';
import { timed } from '../support/timed.ts';

const PATHS = ['host', 'user', 'passt', 'tap', 'macvtap', 'ovs'] as const;
const DIRECTIONS = ['guest-to-host1', 'host1-to-guest', 'guest-to-host2'] as const;
const PROTOCOLS = ['tcp_rr', 'udp_rr', 'tcp_crr'] as const;
const SIZED = 'udp-sized-paced';

const LAB = `
paths: {${PATHS.map((path) => `${path}: {}`).join(', ')}}
compare: {draws: 0}
guest: {accel: tcg}
probes:
${DIRECTIONS.flatMap((direction) =>
  PROTOCOLS.map(
    (protocol) =>
      `  - {name: ${nameOf(protocol, direction)}, protocol: ${protocol}, direction: ${direction}, count: ${countOf(protocol)}}`,
  ),
).join('\n')}
  - {name: ${SIZED}, protocol: udp_rr, request: 64, response: 1024, pace: 1ms, count: 100}
  - {name: tcp-large, protocol: tcp_rr, request: 16k, response: 64, count: 60}
`;

describe('probes of every kind', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let runs: string;
  let report: Report;

  before(async () => {
    runs = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    await writeFile(join(runs, 'lab.yaml'), LAB);
    const { code, stdout, stderr } = await hoplab(['run', join(runs, 'lab.yaml'), '--force', '--json'], {
      env: { HOPLAB_RUNS: runs },
    });
    assert.equal(code, 0, stderr + stdout.slice(0, 2000));
    report = JSON.parse(stdout);
  });

  after(async () => {
    killAllHoplabs();
    await rm(runs, { recursive: true, force: true });
  });

  const cellsOf = (probe: string) => report.probes.find((each) => each.probe.name === probe)?.cells ?? [];

  for (const direction of DIRECTIONS) {
    for (const protocol of PROTOCOLS) {
      it(`${protocol} ${direction} reaches every path, is counted exactly and proven`, () => {
        const cells = cellsOf(nameOf(protocol, direction));
        const paths = new Set(cells.map(({ path }) => path));
        const unreachable = new Set(report.unavailable.map(({ path, reason }) => `${path} ${reason.split(':')[0]}`));
        for (const path of PATHS) assert.ok(paths.has(path) || unreachable.has(`${path} ${direction}`), path);
        for (const path of ['user', 'passt', 'tap', 'macvtap', 'ovs'] as const) assert.ok(paths.has(path), path);
        for (const { path, n, lost, proven } of cells) {
          assert.deepEqual({ path, n, lost, proven }, { path, n: countOf(protocol), lost: 0, proven: true });
        }
      });
    }
  }

  it('a connection for each transaction takes longer than a transaction on an open one', () => {
    const [open, each] = (['tcp_rr', 'tcp_crr'] as const).map((protocol) =>
      cellsOf(nameOf(protocol, 'guest-to-host1'))
        .map(timed)
        .find(({ path }) => path === 'tap'),
    );
    // The two are measured one after the other: on a busy machine the shortest alone can be compared.
    assert.ok(open && each && each.minNs > 1.3 * open.minNs, `${open?.minNs} and ${each?.minNs} ns`);
  });

  it('a pace is kept: about a thousand transactions a second, and the response time is told apart', () => {
    for (const { path, n, response, transactionsPerSecond } of cellsOf(SIZED).map(timed)) {
      assert.equal(n, 100);
      assert.ok(response !== null && response.p50Ns > 0, path);
      // At most the pace; a busy machine skips slots.
      assert.ok(transactionsPerSecond > 100 && transactionsPerSecond < 1100, `${path}: ${transactionsPerSecond}/s`);
    }
  });

  it('sizes are those of the probe', () => {
    const sizes = report.probes.map(({ probe }) => [probe.name, probe.requestBytes, probe.responseBytes].join(' '));
    assert.ok(sizes.includes(`${SIZED} 64 1024`));
    assert.ok(sizes.includes('tcp-large 16384 64') || sizes.includes('tcp-large 16000 64'), sizes.join(', '));
    for (const { n, proven } of cellsOf('tcp-large')) assert.ok(n === 60 && proven);
  });

  it('nothing failed', () => assert.deepEqual(report.failed, []));
});

function nameOf(protocol: string, direction: string): string {
  return `${protocol.replace('_', '-')}-${direction}`;
}

function countOf(protocol: string): number {
  return protocol === 'tcp_crr' ? 60 : 100;
}
