// SPDX-License-Identifier: GPL-2.0-only
/** Lab files, plans and labs side by side, with real guests. */
// @first 3
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CellSummary, Report } from '../../src/model/result.ts';
import { Journal } from '../../src/system/journal.ts';
import { LabNamespaces } from '../../src/system/namespaces.ts';
import { projectFolder } from '../fixtures/project-folder.ts';
import { hoplab, killAllHoplabs, startHoplab } from '../support/hoplab.ts';
import { assertAllGone, assertMachineClean, labOf } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';

const EXAMPLES = join(projectFolder(), 'examples');
const COUNT = 60;

describe('labs', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let runs: string;
  const signal = AbortSignal.timeout(600_000);

  before(async () => {
    runs = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
  });
  after(async () => {
    killAllHoplabs();
    await rm(runs, { recursive: true, force: true });
  });

  const measure = async (...args: string[]): Promise<Report> => {
    const options = ['--force', '--accel', 'tcg', '--count', `${COUNT}`, '--json'];
    const { code, stdout, stderr } = await hoplab(['run', ...args, ...options], { env: { HOPLAB_RUNS: runs } });
    assert.equal(code, 0, stderr + stdout.slice(0, 2000));
    return JSON.parse(stdout);
  };
  const assertExact = (cells: readonly CellSummary[]) => {
    assert.ok(cells.length > 0);
    for (const { path, probe, n, lost, proven } of cells) {
      assert.deepEqual({ path, probe, n, lost, proven }, { path, probe, n: COUNT, lost: 0, proven: true });
    }
  };

  describe('of the examples', () => {
    for (const name of readdirSync(EXAMPLES).filter((each) => each.endsWith('.yaml'))) {
      it(`${name} can be planned`, async () => {
        const { code, stdout, stderr } = await hoplab(['plan', join(EXAMPLES, name)]);
        assert.equal(code, 0, stderr);
        assert.match(stdout, /^# lab [a-z-]+: \d+ paths, [12] guests?, \d+ blocks, seed \d+$/m);
      });
    }

    it('protocols.yaml gives every probe under its own name', async () => {
      const { probes, failed } = await measure(join(EXAMPLES, 'protocols.yaml'));
      assert.deepEqual(failed, []);
      assert.deepEqual(
        probes.map(({ probe }) => probe.protocol),
        ['tcp_rr', 'tcp_rr', 'udp_rr', 'udp_rr', 'tcp_crr', 'tcp_rr', 'tcp_rr'],
      );
      assert.equal(probes.at(-1)?.probe.name, 'for-five-seconds');
      for (const { cells } of probes) assertExact(cells);
    });

    it('bridge-hops.yaml compares paths of one backend with different options, in two guests', async () => {
      // With a tenth of its transactions: how many they are is another test's.
      const file = join(runs, 'bridge-hops.yaml');
      const example = readFileSync(join(EXAMPLES, 'bridge-hops.yaml'), 'utf8');
      assert.match(example, /transactions: 3000$/m);
      writeFileSync(file, example.replace('transactions: 3000', 'transactions: 300'));
      const { probes } = await measure(file, '--draws', '4');
      const [probe] = probes;
      assertExact(probe?.cells ?? []);
      for (const { draws, candidate } of probe?.comparisons ?? []) {
        assert.ok(['one-more', 'two-more', 'tap-twin'].includes(candidate));
        assert.deepEqual(
          draws.map(({ guest }) => guest),
          [0, 0, 1, 1],
          candidate,
        );
      }
      assert.equal(probe?.comparisons.length, 3);
    });
  });

  describe('that are only planned', () => {
    it('leave the machine alone: no link, no process, no run folder', async () => {
      const root = join(runs, 'none');
      // A network and names of namespaces that nobody else on this machine adds to.
      const own = 'mkdir -p /run/netns && mount -t tmpfs none /run/netns';
      const after = 'echo links: && ip -br link && ip netns list';
      const through = ['unshare', '--net', '--mount', 'sh', '-c', `${own} && "$@" && ${after}`, 'sh'];
      const running = startHoplab(['plan'], { through, env: { HOPLAB_RUNS: root } });
      const { code, stdout, stderr } = await running.done;
      assert.equal(code, 0, stderr);
      const [plan = '', links = ''] = stdout.split('links:\n');
      assert.match(plan, /^ip netns add host1$/m);
      assert.match(links, /^lo .*\n$/);
      assert.equal(existsSync(root), false);
      await assertAllGone(running.mark);
    });

    it('print commands of which each one runs as it stands', async () => {
      // Those of ovs need its daemons, which stand in the plan as services.
      const { stdout } = await hoplab(['plan', '--seed', '1', '--only', 'host,user,passt,tap,macvtap']);
      const commands = stdout.split('\n').filter((line) => /^ip /.test(line) && !line.endsWith('&'));
      assert.ok(commands.length > 40, stdout);
      for (const word of ['netns add host2', 'type veth', 'tuntap add', 'type bridge', 'type macvtap']) {
        assert.ok(
          commands.some((line) => line.includes(word)),
          word,
        );
      }
      const journal = await Journal.create(`test-plan-${process.pid}`, join(runs, 'journals'));
      await using namespaces = await LabNamespaces.open({ signal, journal });
      for (const line of commands) {
        const { code, stderr } = await namespaces.run(['sh', '-c', line], { signal, allowFailure: true });
        assert.equal(code, 0, `${line}: ${stderr}`);
      }
    });
  });

  it('side by side do not meet: the same names and addresses, each in its own namespaces', async () => {
    const args = ['run', '--force', '--quick', '--only', 'host,tap,passt', '--probe', 'tcp_rr,pace=1ms'];
    const both = ['a', 'b'].map((name) => {
      const root = join(runs, name);
      const words = [...args, '--count', `${COUNT}`, '--accel', 'tcg'];
      return { root, running: startHoplab(words, { env: { HOPLAB_RUNS: root } }) };
    });
    const labs = await Promise.all(both.map(({ running }) => labOf(running.pid)));
    assert.equal(new Set(labs.map(({ id }) => id)).size, 2);
    for (const { root, running } of both) {
      const { code, stderr } = await running.done;
      assert.equal(code, 0, stderr);
      const { stdout } = await hoplab(['report', '--json'], { env: { HOPLAB_RUNS: root } });
      const report: Report = JSON.parse(stdout);
      assertExact(report.probes.flatMap(({ cells }) => cells));
      await assertAllGone(running.mark);
      await assertMachineClean(root);
    }
  });
});
