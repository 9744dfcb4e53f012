// SPDX-License-Identifier: GPL-2.0-only
/** Wrong input, as a user meets it: one error with a code, what was attempted, what came back and the next command. */
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Report } from '../../src/model/result.ts';
import { errorOf, hoplab, killAllHoplabs } from '../support/hoplab.ts';
import { needs } from '../support/needs.ts';

const NOBODY = 65_534;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
});
after(async () => {
  killAllHoplabs();
  await rm(folder, { recursive: true, force: true });
});

describe('a lab file with a fault is refused before anything is built', { timeout: 600_000 }, () => {
  const FAULTS = [
    {
      what: 'an unknown backend',
      yaml: 'paths:\n  host: {}\n  fast: {backend: macvtab}\n',
      code: 'LAB_FILE_INVALID',
      says: /lab\.yaml:3:19: .*unknown backend "macvtab".*did you mean "macvtap"/,
    },
    {
      what: 'an unknown key',
      yaml: 'name: a\npaths:\n  tap: {vhots: on}\n',
      code: 'LAB_FILE_INVALID',
      says: /lab\.yaml:3:9: .*vhots.*did you mean "vhost"/,
    },
    {
      what: 'broken YAML',
      yaml: 'paths:\n  tap: {vhost: on\nprobes: []\n',
      code: 'LAB_FILE_SYNTAX',
      says: /lab\.yaml:3:\d+: /,
    },
    {
      what: 'a path name that is there twice',
      yaml: 'paths:\n  tap: {}\n  tap: {vhost: off}\n',
      code: 'LAB_FILE_(SYNTAX|INVALID)',
      says: /lab\.yaml:3:3: .*(unique|twice|already)/,
    },
    {
      what: 'a count of 0',
      yaml: 'probes:\n  - {protocol: tcp_rr, count: 0}\n',
      code: 'LAB_FILE_INVALID',
      says: /lab\.yaml:2:31: .*count.*1/,
    },
    {
      what: 'a negative count',
      yaml: 'probes:\n  - protocol: tcp_rr\n    count: -5\n',
      code: 'LAB_FILE_INVALID',
      says: /lab\.yaml:3:12: .*count/,
    },
    {
      what: 'a pace without a unit',
      yaml: 'probes:\n  - {protocol: tcp_rr, pace: 10}\n',
      code: 'LAB_FILE_INVALID',
      says: /lab\.yaml:2:30: .*unit/,
    },
  ] as const;
  for (const { what, yaml, code, says } of FAULTS) {
    it(`${what}, with line, column and what would be right`, async () => {
      const file = join(folder, 'lab.yaml');
      await writeFile(file, yaml);
      const outcome = await hoplab(['run', file], { env: { HOPLAB_RUNS: join(folder, 'none') } });
      assert.equal(outcome.code, 1, outcome.stderr);
      const error = errorOf(outcome);
      assert.match(error.code, new RegExp(`^${code}$`));
      assert.match(error.message, says);
      assert.match(error.hint, /hoplab init|docs\/lab-file\.md/);
      await assert.rejects(readdir(join(folder, 'none')), 'no run folder was made');
    });
  }

  it('a file that is not there', async () => {
    const outcome = await hoplab(['run', join(folder, 'nosuch.yaml')]);
    assert.equal(outcome.code, 1);
    assert.match(errorOf(outcome).message, /nosuch\.yaml/);
  });
});

describe('a value on the command line is refused', { timeout: 600_000 }, () => {
  for (const [args, says] of [
    [['--count', '0'], /--count must be a whole number from 1/],
    [['--count', '-3'], /--count must be a whole number from 1/],
    [['--pace', '10'], /10 has no unit/],
    [['--only', 'tapp'], /unknown path "tapp".*did you mean "tap"/],
    [['--draws', '3'], /must be even/],
  ] as const) {
    it(`${args.join(' ')}, with 2 as for any wrong usage`, async () => {
      const outcome = await hoplab(['run', ...args]);
      assert.equal(outcome.code, 2);
      const error = errorOf(outcome);
      assert.equal(error.code, 'USAGE');
      assert.match(error.message, says);
      assert.match(error.hint, /hoplab .*--help|docs\/lab-file\.md/);
    });
  }
});

describe('a kernel that is none', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  for (const [kernel, says] of [
    ['/nonexistent/vmlinuz', /boot the kernel \/nonexistent\/vmlinuz: there is no such file/],
    ['/etc/passwd', /boot the kernel \/etc\/passwd: it is text .*, not a kernel image/],
  ] as const) {
    it(`${kernel} is refused before anything is built`, async () => {
      const args = ['run', '--force', '--quick', '--only', 'host,tap', '--kernel', kernel];
      const outcome = await hoplab(args, { env: { HOPLAB_RUNS: folder } });
      assert.equal(outcome.code, 1, outcome.stderr + outcome.stdout);
      const { code, message, hint } = errorOf(outcome);
      assert.equal(code, 'KERNEL_INVALID');
      assert.match(message, says);
      assert.match(hint, /--kernel|vmlinuz/);
    });
  }
});

describe('without root', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  it('run says that it builds a lab and what to type', async () => {
    const outcome = await hoplab(['run', '--only', 'host'], { uid: NOBODY });
    assert.equal(outcome.code, 1, outcome.stderr);
    const error = errorOf(outcome);
    assert.equal(error.code, 'NOT_ROOT');
    assert.match(error.message, /root \(uid 65534\)/);
    assert.match(error.hint, /sudo hoplab/);
  });
});

describe('a run folder', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let run: string;
  let copies = 0;

  before(async () => {
    const runs = join(folder, 'runs');
    const args = ['run', '--force', '--only', 'host', '--probe', 'tcp_rr', '--probe', 'udp_rr', '--count', '200'];
    const { code, stderr } = await hoplab(args, { env: { HOPLAB_RUNS: runs } });
    assert.equal(code, 0, stderr);
    run = join(runs, (await readdir(runs))[0] ?? '');
  });

  const copy = async () => {
    const to = join(folder, `copy-${++copies}`);
    await mkdir(to);
    await cp(run, to, { recursive: true });
    return to;
  };

  it('of a newer hoplab is refused', async () => {
    const damaged = await copy();
    const header = JSON.parse(await readFile(join(damaged, 'run.json'), 'utf8'));
    await writeFile(join(damaged, 'run.json'), JSON.stringify({ ...header, format: header.format + 1 }));
    const outcome = await hoplab(['report', damaged]);
    assert.equal(outcome.code, 1);
    const error = errorOf(outcome);
    assert.equal(error.code, 'RUN_TOO_NEW');
    assert.match(error.message, /its layout is version 2, and this hoplab reads up to version 1/);
    assert.match(error.hint, /update hoplab/);
  });

  it('with one flipped byte in its samples reports the cell as failed, and the others as they were', async () => {
    const damaged = await copy();
    const file = join(damaged, 'samples', 'overview-udp-rr-1-host.hls');
    const bytes = await readFile(file);
    const at = bytes.length - 333;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 0x40, at);
    await writeFile(file, bytes);
    const { code, stdout } = await hoplab(['report', damaged, '--json']);
    assert.equal(code, 0);
    const report: Report = JSON.parse(stdout);
    assert.deepEqual(
      report.failed.map(({ path, probe, code: why }) => [path, probe, why]),
      [['host', 'udp-rr', 'SAMPLES_CORRUPT']],
    );
    assert.match(report.failed[0]?.reason ?? '', /overview-udp-rr-1-host/);
    assert.match(report.failed[0]?.hint ?? '', /again/);
    const n = report.probes.flatMap(({ cells }) => cells.map((cell) => [cell.probe, cell.n]));
    assert.deepEqual(n, [
      ['tcp-rr', 200],
      ['udp-rr', 150],
    ]);
  });

  it('that is not there is named, with where it was looked for', async () => {
    const outcome = await hoplab(['report', 'nosuch'], { env: { HOPLAB_RUNS: join(folder, 'runs') } });
    assert.equal(outcome.code, 1);
    assert.equal(errorOf(outcome).code, 'RUN_NOT_FOUND');
  });
});
