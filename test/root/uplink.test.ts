// SPDX-License-Identifier: GPL-2.0-only
/** The wire `uplink` between this machine and another behind ssh: measured over, refused where in use, given back as it was. */
// @alone
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { silentProgress } from '../../src/cli/progress.ts';
import { parseLabFile } from '../../src/config/parse-lab-file.ts';
import { runLab } from '../../src/lab/run.ts';
import { readRun } from '../../src/run-store/read-run.ts';
import { needs } from '../support/needs.ts';
import { type OtherMachine, openOtherMachine } from '../support/other-machine/other-machine.ts';

const SKIP = needs('root', 'linux', 'sshd');

describe('an uplink to a machine behind ssh', { skip: SKIP, timeout: 400_000 }, () => {
  const signal = AbortSignal.timeout(380_000);
  let other: OtherMachine;
  let runs: string;
  const ours = `hu${process.pid % 10_000}`;
  const its = `ou${process.pid % 10_000}`;
  const here = (...argv: [string, ...string[]]) => execFileSync(argv[0], argv.slice(1), { encoding: 'utf8' });

  before(async () => {
    runs = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    other = await openOtherMachine({ number: 4 });
    here('ip', 'link', 'add', ours, 'type', 'veth', 'peer', 'name', its, 'netns', other.netns);
    here('ip', 'address', 'add', '10.97.1.1/24', 'dev', ours);
    here('ip', 'link', 'set', ours, 'up');
    here('ethtool', '-K', ours, 'tso', 'off');
    other.on('ip', 'address', 'add', '10.97.1.2/24', 'dev', its);
    other.on('ip', 'link', 'set', its, 'mtu', '1400', 'up');
    other.on('ip', 'route', 'add', '10.96.0.0/16', 'via', '10.97.1.1', 'metric', '77');
  });
  after(async () => {
    execFileSync('ip', ['link', 'del', ours]);
    await other?.[Symbol.asyncDispose]();
    await rm(runs, { recursive: true, force: true });
  });

  /** All that a loan may change of both ends. */
  const state = () => [
    here('ip', 'address', 'show', 'dev', ours)
      .replace(/^\d+: /m, '')
      .replace(/ qlen.*$/m, '')
      .replaceAll(' tentative', ''),
    here('ethtool', '-k', ours),
    here('ip', 'route', 'show', 'dev', ours),
    other
      .on('ip', 'address', 'show', 'dev', its)
      .replace(/^\d+: /m, '')
      .replace(/ qlen.*$/m, '')
      .replaceAll(' tentative', ''),
    other.on('ethtool', '-k', its),
    other.on('ip', 'route', 'show', 'dev', its),
  ];
  const lab = (wire: string) =>
    parseLabFile(
      `
machines: {host1: {kind: ssh, host: ${other.name}, config: ${other.config}}}
wire: {uplink: ${wire}}
paths: {host: {}}
probes: [{protocol: tcp_rr, request: 64, response: 64, count: 400}]
`,
      'two.yaml',
    );
  const run = (wire: string) =>
    runLab({
      spec: lab(wire),
      runsRoot: runs,
      label: null,
      force: true,
      argv: ['test'],
      progress: silentProgress,
      signal,
    });

  it('carries a run, and both ends are as they were', async () => {
    const before = state();
    const { folder } = await run(`{host1: ${its}, host2: ${ours}}`);
    const { blocks, failed } = await readRun(folder);
    assert.deepEqual(failed, []);
    assert.ok(blocks.length > 0);
    assert.ok(blocks.every(({ proofs }) => proofs.every(({ proven }) => proven)));
    assert.deepEqual(state(), before);
  });

  it('is refused where the ssh session goes over it, and nothing is touched', async () => {
    const addresses = () => other.on('ip', 'address').replaceAll(' tentative', '');
    const before = addresses();
    await assert.rejects(run(`{host1: ${other.cable.its}, host2: ${ours}, mine: true}`), {
      code: 'UPLINK_REFUSED',
      message: /our own ssh session with .* goes over it; nothing was touched/,
    });
    assert.equal(addresses(), before);
  });

  it('is refused where something uses it, unless it is said to be ours', async () => {
    other.on('ip', 'route', 'add', 'default', 'via', '10.97.1.1');
    const before = state();
    await assert.rejects(run(`{host1: ${its}, host2: ${ours}}`), {
      code: 'UPLINK_REFUSED',
      message: /the default route goes over it/,
      hint: /--uplink-is-mine/,
    });
    assert.deepEqual(state(), before);
    const { folder } = await run(`{host1: ${its}, host2: ${ours}, mine: true}`);
    assert.deepEqual((await readRun(folder)).failed, []);
    assert.deepEqual(state(), before);
  });

  it('that is not there is told so', async () => {
    await assert.rejects(run(`{host1: nosuch, host2: ${ours}}`), {
      code: 'UPLINK_REFUSED',
      message: /no such interface/,
    });
  });
});
