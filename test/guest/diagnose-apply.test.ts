// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab diagnose --apply`: the fault that this project began with is named, cured in every way, and the cures priced. */
// @first 3
// @waits
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { AppliedCure, Diagnosis, Price } from '../../src/model/diagnosis.ts';
import type { Report } from '../../src/model/result.ts';
import { projectFolder } from '../fixtures/project-folder.ts';
import { hoplab, killAllHoplabs, startHoplab } from '../support/hoplab.ts';
import { assertAllGone, assertMachineClean } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';

const exec = promisify(execFile);

const LAB = `
guest: {accel: tcg}
paths:
  fine: {backend: tap, commands: [{on: host2, run: [ip, link, set, dev, w-fine, mtu, '1400']}]}
  xdp: {backend: ebpf, checksum: leave}
probes: [{name: probe, protocol: tcp_rr, count: 200}]
compare: {transactions: 400}
`;
const RUNGS = ['link', 'arp', 'icmp', 'udp-small', 'tcp-connect', 'tcp-small', 'mtu'] as const;
const DRAWS = 2;
const FAR_END = 'wire, far end (host1 w-xdp)';

describe('hoplab diagnose --apply', { timeout: 1_200_000, skip: needs('root', 'linux') }, () => {
  let root: string;
  let runs: string;
  let diagnosis: Diagnosis;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    await writeFile(join(root, 'lab.yaml'), LAB);
    runs = join(root, 'runs');
    const what = ['--direction', 'guest-to-host1', '--rungs', RUNGS.join(','), '--draws', `${DRAWS}`];
    const running = startHoplab([
      'diagnose',
      join(root, 'lab.yaml'),
      ...['--apply', '--force', '--json', ...what, '--runs', runs],
    ]);
    const { code, stdout, stderr } = await running.done;
    await assertAllGone(running.mark);
    await assertMachineClean(runs);
    assert.equal(code, 0, stderr + stdout.slice(0, 1000));
    diagnosis = JSON.parse(stdout);
  });

  after(async () => {
    killAllHoplabs();
    await rm(root, { recursive: true, force: true });
  });

  const pathOf = (name: string) => diagnosis.paths.find(({ path }) => path === name) ?? assert.fail(`no path ${name}`);
  const priceOf = (name: string): Price =>
    diagnosis.prices.find(({ path }) => path === name) ?? assert.fail(`no price of ${name}`);
  const folder = () => join(runs, 'diagnoses', diagnosis.id);

  it('says that ping passes and that UDP and TCP do not', () => {
    const [ladder] = pathOf('xdp').ladders;
    assert.deepEqual(
      ladder?.rungs.map(({ rung, outcome }) => `${rung} ${outcome}`),
      ['link pass', 'arp pass', 'icmp pass', 'udp-small fail', 'tcp-connect fail', 'tcp-small fail', 'mtu pass'],
    );
  });

  it("names the hop, shows the one checksum of several contents, and the kernel's drops for it", () => {
    const [verdict] = pathOf('xdp').verdicts;
    assert.ok(verdict);
    assert.deepEqual(
      [verdict.rule, verdict.confidence, verdict.at],
      ['partial-checksum-lost', 'certain', 'bridge, wire side'],
    );
    for (const line of [
      /^guest NIC \(\S+\): checksums \d+ partial and marked$/,
      /^wire, far end \(w-xdp\): checksums \d+ PARTIAL AND NOT MARKED$/,
      /^[2-9] frames of [2-9] contents carry one checksum: .* UDP,/,
      /^[2-9] frames of [2-9] contents carry one checksum: .* TCP SYN,/,
      /^host1 w-xdp: \d+ TCP dropped, TCP_CSUM$/,
      /^host1 w-xdp: \d+ UDP dropped, UDP_CSUM$/,
      /^host1 TcpInCsumErrors \+\d+$/,
    ])
      assert.ok(
        verdict.evidence.some((each) => line.test(each)),
        `no ${line} in ${verdict.evidence.join('\n')}`,
      );
  });

  it('applies the cures, those that name devices too, and each says that it healed', () => {
    const said = (name: string) =>
      diagnosis.applied
        .filter(({ path }) => path === name)
        .map(({ number, healed, failed }: AppliedCure) => `${number} ${healed} ${failed?.message ?? ''}`.trim());
    assert.deepEqual(said('xdp'), ['1 true', '2 true', '3 true']);
    assert.deepEqual(said('fine'), ['1 true', '2 true']);
    for (const { ladders } of diagnosis.applied)
      for (const { rungs } of ladders) assert.deepEqual([...new Set(rungs.map(({ outcome }) => outcome))], ['pass']);
  });

  it('prices cures against one another where the path as it was carries no probe, with intervals over draws', () => {
    const { against, names, comparisons, cells } = priceOf('xdp');
    assert.equal(against, 'cures');
    assert.deepEqual(names, { 'cure-1-1': 'cure 1', 'cure-1-2': 'cure 2', 'cure-1-3': 'cure 3' });
    assertCompared(comparisons, 'cure-1-1', ['cure-1-2', 'cure-1-3']);
    for (const { n, lost, proven } of cells) assert.ok(n > 0 && lost === 0 && proven);
  });

  it('prices cures against the path as it was where that carries the probe', () => {
    const { against, names, comparisons } = priceOf('fine');
    assert.equal(against, 'uncured');
    assert.deepEqual(names, { fine: 'fine as it was', 'cure-0-1': 'cure 1', 'cure-0-2': 'cure 2' });
    assertCompared(comparisons, 'fine', ['cure-0-1', 'cure-0-2']);
  });

  it("has the runs of its prices beside it, for hoplab report by the run's id", async () => {
    for (const { run, cells } of diagnosis.prices) {
      assert.ok(run !== null);
      const { code, stdout, stderr } = await hoplab(['report', run, '--json'], { env: { HOPLAB_RUNS: runs } });
      assert.equal(code, 0, stderr);
      const report: Report = JSON.parse(stdout);
      assert.deepEqual(
        report.probes.flatMap((probe) => probe.cells),
        cells,
      );
    }
  });

  it('keeps the frames for tshark: hops as interfaces, nanoseconds, and a SYN that it too finds unfinished', async () => {
    const capture = join(folder(), pathOf('xdp').evidence[0]?.capture ?? '');
    const info = (await exec('capinfos', ['-M', capture])).stdout;
    const named = [...info.matchAll(/^ *Name = (.*)$/gm)].map(([, name]) => name);
    assert.equal(named.length, Object.keys(pathOf('xdp').evidence[0]?.frames ?? {}).length);
    assert.match(named[0] ?? '', /^guest NIC \(guest \S+\)$/);
    assert.ok(named.includes('bridge, wire side (host2 w-xdp)'));
    assert.equal(named.at(-1), FAR_END);
    assert.equal([...info.matchAll(/^ *Time resolution = 0x09$/gm)].length, named.length, info);

    const fields = ['-T', 'fields', '-E', 'separator=|', '-e', 'frame.interface_name', '-e', 'tcp.checksum.status'];
    const syns = ['-o', 'tcp.check_checksum:TRUE', '-Y', 'tcp.flags.syn == 1', ...fields];
    const seen = (await exec('tshark', ['-r', capture, ...syns])).stdout.trim().split('\n');
    // 0 = bad, as Wireshark counts.
    assert.ok(seen.filter((line) => line === `${FAR_END}|0`).length >= 2, seen.join('\n'));
  });

  it('writes what it printed, valid under the published schema, and as text to paste', async () => {
    const written = await readFile(join(folder(), 'diagnosis.json'), 'utf8');
    assert.deepEqual(JSON.parse(written), diagnosis);
    const schema = await readFile(join(projectFolder(), 'schema', 'diagnosis.schema.json'), 'utf8');
    const validate = new Ajv2020({
      strict: true,
      allowUnionTypes: true,
      allErrors: true,
      formats: { 'date-time': true },
    }).compile(JSON.parse(schema));
    assert.ok(validate(diagnosis), JSON.stringify(validate.errors));
    const text = await readFile(join(folder(), 'diagnosis.txt'), 'utf8');
    assert.match(text.replaceAll(/\n +/g, ' '), /xdp, cure 1: .*: healed, every rung passes/);
    assert.match(text, /what it costs: xdp/);
    assert.ok((await readdir(folder())).includes('fine-guest-to-host1.pcapng'));
  });
});

function assertCompared(comparisons: Price['comparisons'], reference: string, candidates: readonly string[]): void {
  assert.deepEqual(comparisons.map(({ candidate }) => candidate).sort(), [...candidates, `${reference}-twin`].sort());
  for (const one of comparisons) {
    assert.equal(one.reference, reference);
    assert.equal(one.draws.length, DRAWS, one.candidate);
    assert.equal(one.isTwin, one.candidate === `${reference}-twin`);
    const interval = one.relativeInterval;
    assert.ok(interval !== null && interval.low <= one.relative && one.relative <= interval.high, one.candidate);
  }
}
