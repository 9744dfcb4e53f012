// SPDX-License-Identifier: GPL-2.0-only
/** hoplab-hoptrace when something goes wrong: what was recorded stays readable, and what was lost is counted. */
import assert from 'node:assert/strict';
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../../src/system/exec.ts';
import { nativeBinary } from '../../src/system/paths.ts';
import { needs } from '../support/needs.ts';
import { decodeTrace, type Row } from '../support/trace/trace-records.ts';
import { TraceRig } from './hoptrace-rig.ts';

const POINTS = ['send_enter', 'dev_queue', 'dev_xmit', 'netif_rx', 'netif_receive', 'data_ready', 'recv_exit'];
/** The tracer keeps records back for less than half a second; a busy machine keeps it for longer. */
const PATIENCE_MS = 120_000;

describe('faults of hoplab-hoptrace', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let rig: TraceRig;
  const { signal } = new AbortController();

  before(async () => {
    rig = await TraceRig.open(signal);
  });

  after(async () => {
    await rig?.[Symbol.asyncDispose]();
  });

  it('counts what a stopped reader could not take, per CPU, and keeps the rest', async () => {
    const { state, rows } = await rig.trace(
      POINTS,
      async (tracer) => {
        process.kill(tracer.pid, 'SIGSTOP');
        await rig.transact({ count: 1000 });
        process.kill(tracer.pid, 'SIGCONT');
      },
      'buffer 65536',
    );
    assert.equal(state.damage, null);
    const { lost, written } = state.trailer ?? assert.fail('there is no trailer');
    const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
    assert.equal(sum(written), rows.length);
    // What fits: records of 64 bytes behind 8 of the buffer's own.
    assert.ok(rows.length >= 900 && rows.length < 1200, `${rows.length} records`);
    // 14 points a transaction, and the acknowledgements of some.
    assert.ok(sum(lost) + rows.length >= 14_000, `${sum(lost)} lost`);
  });

  it('leaves a file that reads up to its last block when it is killed', async () => {
    const file = rig.newFile();
    const tracer = await rig.start(rig.plan(POINTS, `output ${file}`));
    await rig.transact({ count: 200 });
    await until(async () => received(decodeTrace(await readFile(file), 'growing').rows) === 400);
    process.kill(tracer.pid, 'SIGKILL');
    await tracer.exited;
    const { state, rows } = decodeTrace(await readFile(file), 'killed');
    assert.match(state.damage ?? '', /ends without a trailer/);
    assert.equal(received(rows), 400);
  });

  it('writes what is left and its trailer at SIGTERM', async () => {
    const file = rig.newFile();
    const tracer = await rig.start(rig.plan(POINTS, `output ${file}`));
    await rig.transact({ count: 50 });
    process.kill(tracer.pid, 'SIGTERM');
    assert.equal((await tracer.exited).code, 0);
    const { state, rows } = decodeTrace(await readFile(file), 'ended');
    assert.equal(state.damage, null);
    assert.equal(received(rows), 100);
  });

  it('is read up to the damage where a file was cut, or a byte of it changed', async () => {
    const file = rig.newFile();
    const tracer = await rig.start(rig.plan(POINTS, `output ${file}`));
    for (let part = 1; part <= 3; part++) {
      await rig.transact({ count: 100 });
      await until(async () => received(decodeTrace(await readFile(file), 'growing').rows) === 200 * part);
    }
    await rig.end(tracer);
    const whole = decodeTrace(await readFile(file), 'whole');
    const bytes = await readFile(file);
    for (const share of [0.3, 0.5, 0.8, 0.99]) {
      const at = Math.floor(bytes.length * share);
      const cut = join(rig.folder, 'cut');
      await writeFile(cut, bytes);
      await truncate(cut, at);
      const { state, rows } = decodeTrace(await readFile(cut), 'cut');
      assert.match(state.damage ?? '', /at byte \d+: ends/);
      assert.ok(rows.length < whole.rows.length);
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      const { state: after, rows: before } = decodeTrace(changed, 'changed');
      assert.match(after.damage ?? '', /at byte \d+: /);
      assert.ok(before.length < whole.rows.length);
      if (share > 0.5) assert.ok(rows.length > 0 && before.length > 0);
    }
  });

  it('says that the disk is full, and what fitted is readable', async () => {
    const folder = join(rig.folder, 'small');
    await mkdir(folder);
    await run(['mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder], { signal });
    try {
      const file = join(folder, 'trace');
      const tracer = await rig.start(rig.plan(POINTS, `output ${file}`));
      for (let part = 1; part <= 4; part++) {
        await rig.transact({ count: 100 });
        // Two parts fit.
        if (part <= 2)
          await until(async () => received(decodeTrace(await readFile(file), 'growing').rows) === 200 * part);
      }
      tracer.stdin.end();
      assert.equal((await tracer.exited).code, 1);
      assert.match(tracer.lastLines(1).join(''), /hoplab-hoptrace: .*\/trace: No space left on device/);
      const { state, rows } = decodeTrace(await readFile(file), 'full');
      assert.match(state.damage ?? '', /ends/);
      assert.ok(rows.length > 1000, `${rows.length} records`);
    } finally {
      await run(['umount', folder], { signal });
    }
  });

  it('records the same for two that trace at once', async () => {
    const points = POINTS.filter((point) => point !== 'data_ready');
    let other: readonly string[] = [];
    const traced = await rig.trace(points, async () => {
      const inner = await rig.trace(points, () => rig.transact({ count: 50 }));
      other = inner.rows.map(({ point, number, place }) => `${place} ${point} ${number}`);
    });
    const own = traced.rows.map(({ point, number, place }) => `${place} ${point} ${number}`);
    assert.ok(other.length > 600);
    assert.deepEqual([...own].sort(), [...other].sort());
  });

  it('records nothing and says why where it may not load programs', async () => {
    const plan = 'point dev_queue\npoint waking\nport 1\noutput -\ngo\n';
    const plain = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--', nativeBinary('hoptrace')];
    const { stdout, code } = await run(plain, { signal, input: plan, allowFailure: true });
    assert.equal(code, 0);
    assert.match(stdout, /^ready \{.*"refused":\[\{"point":"dev_queue","why":"Operation not permitted"\},/);
  });

  for (const [what, line, why] of [
    ['a port that is none', 'port 0', /port 0: not within 1 to 65535/],
    ['a namespace that is not there', 'netns /run/netns/none-such x', /netns \/run\/netns\/none-such: No such file/],
    ['a word that it does not know', 'colour green', /colour: not understood/],
    ['a line without its value', 'point', /point : NAME/],
  ] as const)
    it(`refuses a plan with ${what}`, async () => {
      const { code, stderr } = await rig.run([nativeBinary('hoptrace')], `point dev_queue\n${line}\ngo\n`);
      assert.equal(code, 2);
      assert.match(stderr, why);
    });
});

function received(rows: readonly Row[]): number {
  return rows.filter(({ point, payload }) => point === 'recv_exit' && payload > 0).length;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !(await holds()); await delay(50))
    assert.ok(Date.now() < end, 'the tracer writes nothing more');
}
