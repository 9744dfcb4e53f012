// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab trace` where the better mechanisms are refused, by real refusals in a mount namespace of its own; and what it leaves. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { TracedPath, TraceReport } from '../../src/model/trace-report.ts';
import { TRACEFS } from '../../src/system/tracefs-instances.ts';
import { errorOf, hoplab, killAllHoplabs, type Outcome, startHoplab } from '../support/hoplab.ts';
import { labOf } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';
import { openOwnPlace } from '../support/own-place.ts';

const COUNT = 100;
const LAB_ID = /\d{8}-\d{6}-[0-9a-f]{4}/;
const NO_BTF = 'mount -t tmpfs none /sys/kernel/btf';
const NO_TRACEFS = `mount -t tmpfs none ${TRACEFS}`;

describe('a trace without BPF', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let runs: string;
  before(async () => {
    runs = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
  });
  after(async () => {
    killAllHoplabs();
    await rm(runs, { recursive: true, force: true });
  });

  const words = (...more: readonly string[]) => [
    ...['trace', 'host', '--force', '--json', '--pairs', '1', '--count', `${COUNT}`, '--runs', runs],
    ...more,
  ];
  const plain = (...more: readonly string[]) => words(...more).filter((word) => word !== '--json');
  /** Where the shell's commands have taken something away, for this child alone. */
  const without = (commands: readonly string[], args: readonly string[]): Promise<Outcome> =>
    hoplab(args, { through: ['unshare', '-m', 'sh', '-c', `${[...commands, 'exec "$@"'].join(' && ')}`, 'sh'] });
  const pathOf = ({ code, stdout, stderr }: Outcome): TracedPath => {
    assert.equal(code, 0, stderr + stdout.slice(0, 1000));
    const report: TraceReport = JSON.parse(stdout);
    return report.paths[0] ?? assert.fail('no path');
  };
  const steps = (path: TracedPath) => path.breakdown?.common?.steps.map(({ step }) => step.point) ?? [];

  it('takes tracepoints where the kernel has no type information, and says so', async () => {
    const path = pathOf(await without([NO_BTF], words()));
    const [block] = path.blocks;
    assert.equal(block?.unused, null);
    assert.equal(block?.machines[0]?.mechanism, 'tracefs');
    assert.equal(block?.machines[0]?.lost, 0);
    assert.deepEqual(
      block?.passedOver.map(({ mechanism }) => mechanism),
      ['bpf'],
    );
    assert.match(block?.passedOver[0]?.why ?? '', /no type information/);
    assert.deepEqual(path.breakdown?.coverage.missing, []);
    for (const point of ['send_enter', 'dev_xmit', 'netif_receive', 'data_ready', 'recv_exit'])
      assert.ok(steps(path).includes(point), point);
    assert.ok((path.breakdown?.transactions ?? 0) >= COUNT * 0.9);
  });

  it('takes the stamps of its sockets where there are no tracepoints either', async () => {
    const path = pathOf(await without([NO_BTF, NO_TRACEFS], words()));
    const [block] = path.blocks;
    assert.equal(block?.machines[0]?.mechanism, 'timestamping');
    assert.deepEqual(
      block?.passedOver.map(({ mechanism }) => mechanism),
      ['bpf', 'tracefs'],
    );
    assert.deepEqual(steps(path), ['send_enter', 'stamp_queue', 'stamp_driver', 'stamp_receive', 'recv_exit']);
    assert.equal(path.breakdown?.transactions, COUNT);
  });

  it('takes no other mechanism than the one that was asked for', async () => {
    const error = errorOf(await without([NO_TRACEFS], plain('--mechanism', 'tracefs')));
    assert.equal(error.code, 'TRACE_REFUSED');
    assert.match(error.message, /tracefs: .*No such file or directory/);
    const slow = errorOf(await hoplab(plain('--mechanism', 'timestamping', '--slow')));
    assert.equal(slow.code, 'USAGE');
  });

  it('says that the disk is full, and keeps what is there', async () => {
    const disk = join(runs, 'disk');
    await mkdir(disk);
    const mount = `mount -t tmpfs -o size=600k none ${disk}`;
    const args = ['trace', 'host', '--pairs', '2', '--count', '4000', '--force', '--runs', disk];
    const full = await without([mount], [...args, '--mechanism', 'tracefs']);
    assert.notEqual(full.code, 0);
    assert.match(full.stderr, /DISK_FULL: .*no space left/i);
    const [id = assert.fail(full.stderr)] = LAB_ID.exec(full.stderr) ?? [];
    assert.deepEqual(instances(id), []);
  });

  it('beside another one takes its own packets alone', async () => {
    const both = await Promise.all([1, 2].map(() => hoplab(words('--mechanism', 'tracefs'))));
    for (const outcome of both) {
      const path = pathOf(outcome);
      assert.equal(path.blocks[0]?.unused, null);
      assert.ok((path.breakdown?.transactions ?? 0) >= COUNT * 0.9, `${path.breakdown?.transactions}`);
    }
    const ids = readdirSync(runs).filter((name) => LAB_ID.test(name));
    assert.ok(ids.length >= 2, ids.join());
    assert.deepEqual(ids.flatMap(instances), []);
  });

  it('that is killed leaves its instances to gc, which names them', async () => {
    // Elsewhere on this machine another test's gc may come first.
    await using place = await openOwnPlace();
    const { through } = place;
    const args = [
      'trace',
      'host',
      '--force',
      '--pairs',
      '1',
      '--count',
      '60000',
      '--mechanism',
      'tracefs',
      '--runs',
      runs,
    ];
    const running = startHoplab(args, { through });
    const lab = await labOf(running.pid, { place });
    const { id } = lab;
    for (let waited = 0; instances(id).length < 2; waited += 20) {
      assert.ok(waited < 30_000, 'no instance was made');
      await delay(20);
    }
    // A tracer that sees its input end before it is killed with the lab takes its own instance back.
    const tracers = lab.processes(/hoptrace/);
    assert.ok(tracers.length > 0, 'no tracer');
    for (const { pid } of tracers) process.kill(pid, 'SIGSTOP');
    running.kill('SIGKILL');
    await running.done;
    const left = instances(id);
    assert.equal(left.length, 2);
    const { stdout } = await hoplab(['gc'], { through });
    for (const name of left)
      assert.ok(stdout.includes(`removed the tracing instance ${TRACEFS}/instances/${name}`), stdout);
    assert.deepEqual(instances(id), []);
  });

  it('--explain shows the packet in the kernel of the host, and what was refused', async () => {
    const { code, stdout, stderr } = await hoplab(['trace', 'host', '--explain', '--force', '-q', '--runs', runs]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^host: one transaction in the host \(Linux [^)]*\), \d+ (events|functions) by /);
    if (!/ by tracepoints/.test(stdout)) return;
    assert.match(stdout, /^refused: function_graph: /m);
    const order = [
      'sendto(',
      'net_dev_queue',
      'net_dev_start_xmit',
      'netif_receive_skb',
      'sched_waking',
      'recvfrom returns',
    ];
    const at = order.map((word) => stdout.indexOf(word));
    assert.ok(!at.includes(-1), stdout);
    assert.deepEqual(
      at,
      at.toSorted((a, b) => a - b),
    );
  });
});

/** The tracing instances of one lab that are on this machine. */
function instances(lab: string): string[] {
  return readdirSync(`${TRACEFS}/instances`).filter((name) => name.startsWith(`hoplab-${lab}-`));
}
