// SPDX-License-Identifier: GPL-2.0-only
/** What `hoplab diagnose` says to bad input, and what it leaves behind when it is ended, or its guest, or its disk is. */
// @first 3
// @waits
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Diagnosis } from '../../src/model/diagnosis.ts';
import { createRandom } from '../../src/stats/random.ts';
import { cacheDir } from '../../src/system/cache.ts';
import { builtNatives } from '../../src/system/paths.ts';
import { NOBODY, whyNotNobody } from '../fixtures/as-nobody.ts';
import { projectFolder, runtimePackages } from '../fixtures/project-folder.ts';
import { errorOf, hoplab, killAllHoplabs, type Running, startHoplab } from '../support/hoplab.ts';
import { assertAllGone, assertMachineClean, labOf, processesMarked } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';
import { startWatch } from '../support/unstalled.ts';

const INTERRUPT_MS = 3000;
const KILL_MS = 2000;
/** Two paths, of which the second fails: every stage there is without --apply. */
const LAB = `
guest: {accel: tcg}
paths:
  tap: {}
  bare: {backend: ebpf, checksum: leave}
`;
const QUICK = ['--direction', 'guest-to-host1', '--rungs', 'link,icmp,udp-small'] as const;
const STAGES = [
  { name: 'while paths are attached', seen: /attach \d+ paths? \.\.\./, spreadMs: 60 },
  { name: 'while the guest boots', seen: /boot the guest \(tcg\) \.\.\./, spreadMs: 1500 },
  { name: 'in the ladder of a path that fails, or while it is watched', seen: /ladder of bare \.\.\./, spreadMs: 800 },
] as const;

describe('hoplab diagnose', { timeout: 1_200_000, skip: needs('root', 'linux') }, () => {
  let root: string;
  let file: string;
  const random = createRandom(11);

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    file = join(root, 'lab.yaml');
    await writeFile(file, LAB);
  });
  afterEach(killAllHoplabs);
  after(() => rm(root, { recursive: true, force: true }));

  const start = (args: readonly string[], runs: string): Running =>
    startHoplab(['diagnose', '--force', ...args], { env: { HOPLAB_RUNS: runs } });

  async function assertNothingLeft(running: Running, runs: string, withinMs?: number): Promise<void> {
    await assertAllGone(running.mark, withinMs);
    await hoplab(['gc']);
    if (existsSync(join(runs, 'diagnoses'))) await assertMachineClean(join(runs, 'diagnoses'));
  }

  describe('given bad input', () => {
    for (const [what, args, code, message] of [
      ['a path that no lab has', ['tpa'], 'USAGE', /tpa.*did you mean "tap"\?/],
      ['a lab file that is not there', ['./nowhere.yaml'], 'LAB_FILE_INVALID', /nowhere\.yaml/],
      [
        'a rung that there is not',
        ['tap', '--rungs', 'arp,tcp-conect'],
        'USAGE',
        /tcp-conect.*did you mean "tcp-connect"/,
      ],
      ['no rung', ['tap', '--rungs', ''], 'USAGE', /--rungs/],
      ['cure 0', ['tap', '--apply', '0'], 'USAGE', /--apply must be a whole number from 1 to 20, got "0"/],
      ['draws without a cure', ['tap', '--draws', '4'], 'USAGE', /--draws belongs to --apply/],
      ['one draw', ['tap', '--apply', '--draws', '1'], 'USAGE', /--draws must be a whole number/],
      ['draws that are odd', ['tap', '--apply', '--draws', '3'], 'USAGE', /--draws.*even/],
      ['a direction that there is not', ['tap', '--direction', 'up'], 'USAGE', /--direction.*guest-to-host1/],
    ] as const) {
      it(`names ${what}, and touches nothing`, async () => {
        const runs = join(root, 'refused');
        const outcome = await hoplab(['diagnose', ...args], { env: { HOPLAB_RUNS: runs } });
        assert.equal(outcome.code, code === 'USAGE' ? 2 : 1, outcome.stderr + outcome.stdout);
        const error = errorOf(outcome);
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.equal(existsSync(runs), false);
      });
    }

    it('needs root, and says so before anything is built', { skip: whyNotNobody() }, async () => {
      const outcome = await hoplab(['diagnose', 'tap'], { uid: NOBODY, env: { HOPLAB_RUNS: '/nowhere' } });
      assert.equal(outcome.code, 1);
      assert.equal(errorOf(outcome).code, 'NOT_ROOT');
    });
  });

  it('looks at the other paths where one cannot be attached, whose entry says why', async () => {
    const lab = join(root, 'odd.yaml');
    await writeFile(lab, `${LAB}  odd: {backend: ovs, flows: ['prio=1,actions=drop']}\n`);
    const runs = join(root, 'odd');
    const running = start([lab, ...QUICK, '--json'], runs);
    const { code, stdout, stderr } = await running.done;
    assert.equal(code, 3, stderr);
    const { paths }: Diagnosis = JSON.parse(stdout);
    assert.deepEqual(
      paths.map(({ path, failed, ladders }) => [path, failed?.code ?? null, ladders.length]),
      [
        ['tap', null, 1],
        ['bare', null, 1],
        ['odd', 'LAB_FILE_INVALID', 0],
      ],
    );
    assert.match(paths[2]?.failed?.message ?? '', /prio=1,actions=drop.*unknown keyword/);
    await assertNothingLeft(running, runs);
  });

  it('looks at a direction that a path cannot go by its plan, and a run of it says why there is nothing to measure', async () => {
    const lab = join(root, 'private.yaml');
    await writeFile(lab, 'guest: {accel: tcg}\npaths: {priv: {backend: macvtap, mode: private}}\n');
    const runs = join(root, 'private');
    const way = ['--direction', 'guest-to-host2'];
    const { code, stdout } = await start([lab, ...way], runs).done;
    assert.equal(code, 3);
    assert.match(stdout, /^priv \(macvtap\)\n {2}1\. .*\n?.*\(certain, broken\) \[macvtap-isolation\]$/m);
    assert.doesNotMatch(stdout, /not looked at/);
    const outcome = await hoplab(['run', lab, '--force', ...way], { env: { HOPLAB_RUNS: runs } });
    assert.equal(outcome.code, 1);
    const { code: word, message } = errorOf(outcome);
    assert.equal(word, 'LAB_FAILED');
    assert.match(message, /no path carries its probes: priv: guest-to-host2: a macvtap in private mode does not reach/);
  });

  it('keeps what it found where the guest is killed, and says of the rest that the guest is gone', async () => {
    const runs = join(root, 'dead');
    const running = start([file, ...QUICK], runs);
    const lab = await labOf(running.pid);
    await running.until(/climb the ladder of bare \.\.\./);
    process.kill((await lab.process(/^qemu-system/)).pid, 'SIGKILL');
    const { code, stdout, stderr } = await running.done;
    assert.equal(code, 3, stderr);
    assert.match(stdout, /^tap .*\n(?: {2}\S+ +pass\n){3}/m);
    assert.match(stdout, /^bare \(ebpf\)\n.*could not be \w+.*: (GUEST_GONE|SERVICE_FAILED|QMP_FAILED): /m);
    await assertNothingLeft(running, runs);
  });

  for (const { name, seen, spreadMs } of STAGES) {
    it(`ends with 130 on ctrl-C ${name}, and leaves nothing`, async () => {
      const runs = join(root, `int-${name.replaceAll(' ', '-')}`);
      const running = start([file, ...QUICK], runs);
      await running.until(seen);
      await delay(random.below(spreadMs));
      const passed = startWatch();
      running.kill('SIGINT');
      const { code, stdout, stderr } = await running.done;
      const ms = passed();
      assert.equal(code, 130, stderr);
      assert.ok(ms < INTERRUPT_MS, `${ms} ms`);
      assert.equal(stdout, '');
      assert.match(stderr, /error INTERRUPTED/);
      await assertNothingLeft(running, runs);
    });
  }

  it('ends with 130 on ctrl-C while a cure is priced, and leaves nothing', async (t) => {
    const runs = join(root, 'price');
    const running = start([file, '--only', 'bare', ...QUICK, '--apply', '--draws', '2'], runs);
    await running.until(/price the cure \.\.\./);
    await delay(random.below(1500));
    running.kill('SIGINT');
    const { code, stdout, stderr } = await running.done;
    await assertNothingLeft(running, runs);
    // Another run of this machine may be under way: then nothing is priced, and nothing was there to interrupt.
    if (code === 3 && /not measured: MEASURING_BUSY/.test(stdout)) t.skip('another measuring run is under way');
    else assert.equal(code, 130, stderr);
  });

  it('leaves nothing 2 s after SIGKILL, wherever it comes', async () => {
    for (const { name, seen, spreadMs } of STAGES.slice(1)) {
      const runs = join(root, `kill-${name.replaceAll(' ', '-')}`);
      const running = start([file, ...QUICK], runs);
      await running.until(seen);
      await delay(random.below(spreadMs));
      assert.ok(processesMarked(running.mark).length > 1, 'no process of the lab was found');
      running.kill('SIGKILL');
      assert.equal((await running.done).signal, 'SIGKILL');
      await assertNothingLeft(running, runs, KILL_MS);
    }
  });

  it('works without hoplab-drops where that is not built, says so, and is as sure of what needs no drop reasons', async () => {
    const copy = copyWithout(join(root, 'copy'), /^hoplab-drops/);
    const lab = join(root, 'mtu.yaml');
    const command = '{on: host2, run: [ip, link, set, dev, w-tap, mtu, "1300"]}';
    await writeFile(lab, `guest: {accel: tcg}\npaths: {tap: {commands: [${command}]}}\n`);
    const args = ['--direction', 'guest-to-host1', '--rungs', 'link,icmp,mtu', '--json', '--runs', join(root, 'few')];
    const {
      status: code,
      stdout,
      stderr,
    } = spawnSync(process.execPath, [join(copy, 'bin', 'hoplab.js'), 'diagnose', lab, '--force', ...args], {
      encoding: 'utf8',
      env: { ...process.env, HOPLAB_CACHE: join(copy, 'cache') },
    });
    assert.equal(code, 3, stderr + stdout.slice(0, 2000));
    const { paths, sources }: Diagnosis = JSON.parse(stdout);
    assert.deepEqual(
      paths[0]?.verdicts.map(({ rule, confidence }) => `${rule} ${confidence}`)[0],
      'mtu-mismatch certain',
    );
    const drops = sources.filter(({ kind }) => kind === 'drops');
    assert.equal(drops.length, 2);
    for (const { used, why } of drops)
      assert.deepEqual([used, why], [false, 'hoplab-drops is not built: hoplab setup']);
    assert.ok(sources.some(({ kind, used }) => used && kind === 'frames'));
  });

  it('says that the folder of runs cannot be written before it builds anything', async () => {
    const runs = join(root, 'a-file');
    await writeFile(runs, '');
    const running = start(['tap', '--accel', 'tcg', ...QUICK], runs);
    const outcome = await running.done;
    assert.equal(outcome.code, 1);
    assert.deepEqual([errorOf(outcome).code, outcome.stdout], ['RUN_NOT_WRITABLE', '']);
    assert.doesNotMatch(outcome.stderr, /attach|boot/);
    await assertAllGone(running.mark);
  });

  it('says that the disk is full, having printed what it found, and takes the lab down', async () => {
    const disk = join(root, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=28k', 'hoplab-test', disk]);
    try {
      const running = start([file, '--only', 'bare', ...QUICK], disk);
      const outcome = await running.done;
      assert.equal(outcome.code, 1, outcome.stderr + outcome.stdout);
      const error = errorOf(outcome);
      assert.equal(error.code, 'DISK_FULL');
      assert.match(error.message, /^write diagnosis\.json in \/.*\/diagnoses\/\S+: no space left on that disk$/);
      assert.match(error.hint, /HOPLAB_RUNS=\S+ hoplab diagnose$/);
      assert.match(outcome.stdout, /^bare \(ebpf\) .*\[partial-checksum-lost\]/ms);
      await assertNothingLeft(running, disk);
      const left = readdirSync(disk, { recursive: true }).map(String);
      assert.deepEqual(
        left.filter((name) => name.endsWith('.tmp')),
        [],
      );
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

/** What a run needs of this checkout, without some of the tools that set-up builds. */
function copyWithout(folder: string, tools: RegExp): string {
  for (const part of ['package.json', 'bin', 'native', join('dist', 'src'), ...runtimePackages()])
    cpSync(join(projectFolder(), part), join(folder, part), { recursive: true, preserveTimestamps: true });
  const built = builtNatives();
  cpSync(built, join(folder, 'cache', 'native', basename(built)), {
    recursive: true,
    filter: (source) => !tools.test(basename(source)),
  });
  symlinkSync(join(cacheDir(), 'kernels'), join(folder, 'cache', 'kernels'));
  return folder;
}
