// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab trace` of a real guest: what is seen, in which order, with no loss, and a known delay on the hop that has it. */
// @alone
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { usualBackends } from '../../src/backends/index.ts';
import type { ShapeBreakdown } from '../../src/model/trace-breakdown.ts';
import type { TracedPath, TraceReport } from '../../src/model/trace-report.ts';
import type { TraceStep } from '../../src/model/trace-timelines.ts';
import { renderJson } from '../../src/results/json.ts';
import { traceReportSchema } from '../../src/results/trace/schema.ts';
import { errorOf, hoplab, killAllHoplabs, type Outcome, startHoplab } from '../support/hoplab.ts';
import { assertMachineClean, labOf } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';
import { openOwnPlace } from '../support/own-place.ts';
import { drawnHops, drawnSteps, outOfOrder } from '../support/trace/drawn-hops.ts';

const NOBODY = 65_534;
const COUNT = 300;
const PAIRS = 2;
/** Four more bridges, each with a veth pair before it: a delay that is known to lie between tap and wire. */
const LAB = `
name: traced
guest:
  accel: tcg
paths:
  tap: { backend: tap }
  far: { backend: tap, extraBridges: 4 }
  ebpf: { backend: ebpf }
`;

describe('a trace of three paths', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let runs: string;
  let outcome: Outcome;
  let report: TraceReport;
  let folder: string;
  const path = (name: string): TracedPath =>
    report.paths.find((each) => each.path === name) ?? assert.fail(`no path ${name}`);
  const common = (name: string): ShapeBreakdown => path(name).breakdown?.common ?? assert.fail(`no table of ${name}`);

  before(async () => {
    runs = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    const lab = join(runs, 'traced.yaml');
    await writeFile(lab, LAB);
    outcome = await hoplab([
      ...['trace', lab, '--force', '--json', '--seed', '5', '--runs', join(runs, 'all')],
      ...['--pairs', `${PAIRS}`, '--count', `${COUNT}`],
    ]);
    assert.equal(outcome.code, 0, outcome.stderr + outcome.stdout.slice(0, 2000));
    report = JSON.parse(outcome.stdout);
    folder = join(runs, 'all', report.run.id);
  });

  after(async () => {
    killAllHoplabs();
    await rm(runs, { recursive: true, force: true });
  });

  it('prints JSON in the published form', () => {
    assert.deepEqual(JSON.parse(renderJson(traceReportSchema.parse(report))), report);
  });

  it('uses every block: no record lost on either machine, and nothing that contradicts itself', () => {
    assert.deepEqual(report.failed, []);
    for (const { path: name, blocks } of report.paths) {
      assert.equal(blocks.length, PAIRS, name);
      for (const { id, unused, machines, clockBoundNs } of blocks) {
        assert.equal(unused, null, id);
        assert.deepEqual(
          machines.map(({ machine, lost, damage }) => [machine, lost, damage]),
          [
            ['host', 0, null],
            ['guest', 0, null],
          ],
        );
        // A negative crossing would be a contradiction; what is left is an error that can be stated.
        assert.ok(clockBoundNs !== null && clockBoundNs > 0 && clockBoundNs < 1e6, `${id}: ${clockBoundNs}`);
      }
    }
  });

  it('sees in every path the points that its hops declare, in an order of causes', () => {
    for (const { path: name, breakdown } of report.paths) {
      assert.ok(breakdown !== null, name);
      assert.deepEqual(breakdown.coverage.missing, [], name);
      assert.ok(breakdown.transactions > PAIRS * COUNT * 0.9, `${name}: ${breakdown.transactions}`);
      for (const { minNs, p50Ns, p99Ns } of common(name).segments) {
        assert.ok(minNs >= 0 && minNs <= p50Ns && p50Ns <= p99Ns, name);
      }
    }
    const seen = common('tap').steps.map(({ step }) => `${step.place} ${step.point}`);
    const order = [
      ['guest driver_enter', 'host2 netif_receive'],
      ['host2 netif_receive', 'host1 netif_receive'],
      ['host1 netif_receive', 'host1 dev_xmit'],
      ['host1 dev_xmit', 'guest netif_receive'],
    ];
    for (const [first = '', then = ''] of order) {
      assert.ok(
        seen.includes(first) && seen.lastIndexOf(then) > seen.indexOf(first),
        `${first}, then ${then}: ${seen}`,
      );
    }
  });

  it('shows XDP where there is no sk_buff, and none where there is one', () => {
    const points = (name: string) => new Set(common(name).steps.map(({ step }) => `${step.place} ${step.point}`));
    assert.ok([...points('ebpf')].some((point) => /xdp_/.test(point)));
    assert.ok(!points('ebpf').has('host2 netif_rx'));
    assert.ok([...points('tap')].every((point) => !/xdp_/.test(point)));
  });

  it('puts the delay of four more bridges between tap and wire, and next to nothing elsewhere', () => {
    const forwarding = (name: string): number => {
      const at = (wanted: Partial<TraceStep>) =>
        common(name).steps.find(({ step }) =>
          Object.entries(wanted).every(([key, value]) => step[key as keyof TraceStep] === value),
        )?.meanAtNs ?? assert.fail(`${name} has no ${JSON.stringify(wanted)}`);
      const enters = at({ place: 'host2', device: 'tap', point: 'netif_receive', side: 'request' });
      return at({ place: 'host2', device: 'wire', point: 'dev_queue', side: 'request' }) - enters;
    };
    // Each crossing of a veth pair and a bridge takes more than 1 us on any machine, and a plain bridge a few.
    const added = forwarding('far') - forwarding('tap');
    assert.ok(added > 4000 && added < 200_000, `${forwarding('tap')} ns, ${forwarding('far')} ns`);
    const { diff } = report.diffs.find(({ a, b }) => a === 'tap' && b === 'far') ?? assert.fail('no difference');
    // Waiting for a CPU is the machine's: what packets pass on the host without a task is compared.
    const elsewhere = (diff?.segments ?? []).filter(
      ({ from, to }) =>
        [from, to].every(({ machine, side }) => machine === 'host' && side !== 'task') &&
        from.point !== 'netif_receive',
    );
    assert.ok(elsewhere.length >= 5);
    for (const { from, to, differenceNs } of elsewhere)
      assert.ok(Math.abs(differenceNs) < added / 2, `${from.place} ${from.point} to ${to.point}: ${differenceNs} ns`);
  });

  it('says what tracing costs', () => {
    for (const { path: name, cost } of report.paths) {
      assert.ok(cost !== null && cost.pairs === PAIRS && cost.interval !== null, name);
      assert.ok(cost.ratio > 0.5 && cost.ratio < 5, `${name}: ${cost.ratio}`);
    }
  });

  it('is reported from its folder by a user without any right, to the byte', async () => {
    await chmod(runs, 0o755);
    const again = await hoplab(['report', folder, '--json'], { uid: NOBODY });
    assert.equal(again.code, 0, again.stderr);
    assert.equal(again.stdout, outcome.stdout);
    const text = await hoplab(['report', folder, '--width', '140'], { uid: NOBODY });
    assert.match(text.stdout, /^tap: TCP_RR 64 B \/ 64 B, back to back, guest -> host1 · K = 3 paths in rotation/m);
    assert.match(text.stdout, /cost of tracing: p50 x \d/);
  });

  it('reads records that were cut short up to the cut, and uses no figure of them', async () => {
    const [cut = ''] = readdirSync(join(folder, 'trace')).filter((name) => name.endsWith('-host.htr'));
    await truncate(join(folder, 'trace', cut), 20_000);
    const read = await hoplab(['report', folder, '--json']);
    assert.equal(read.code, 0, read.stderr);
    const [first] = (JSON.parse(read.stdout) as TraceReport).paths;
    const damaged = first?.blocks.filter(({ unused }) => unused !== null) ?? [];
    assert.equal(damaged.length, 1);
    assert.match(damaged[0]?.unused ?? '', /ends within|cut short/);
  });

  it('leaves nothing on the machine', () => assertMachineClean(join(runs, 'all')));
});

describe('a trace of every backend', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let runs: string;
  let report: TraceReport;

  before(async () => {
    runs = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    const words = ['trace', '--pairs', '1', '--count', '200', '--accel', 'tcg', '--force', '--json', '--runs', runs];
    const { code, stdout, stderr } = await hoplab(words);
    assert.equal(code, 0, stderr + stdout.slice(0, 2000));
    report = JSON.parse(stdout);
  });

  after(async () => {
    killAllHoplabs();
    await rm(runs, { recursive: true, force: true });
  });

  for (const { kind, guest } of usualBackends)
    it(`sees every point that ${kind} declares, with nothing lost`, () => {
      const path = report.paths.find(({ backend }) => backend === kind) ?? assert.fail(`no path of ${kind}`);
      assert.deepEqual(
        path.blocks.map(({ unused, machines }) => [unused, machines.map(({ lost }) => lost)]),
        [[null, guest ? [0, 0] : [0]]],
      );
      assert.ok(path.breakdown);
      assert.deepEqual(path.breakdown.coverage.missing, []);
      assert.ok(path.breakdown.transactions > 180 && path.breakdown.coveredShare > 0.5);
      const share = path.breakdown.remainder?.share ?? 1;
      assert.ok(share < 0.3, `${share} of the round trip is covered by no hop`);
    });

  for (const { kind } of usualBackends)
    it(`sees the hops of ${kind} in the order in which its page draws them`, () => {
      const breakdown = report.paths.find(({ backend }) => backend === kind)?.breakdown ?? assert.fail(kind);
      const [most] = breakdown.byShape;
      const seen = most?.steps.map(({ step }) => step) ?? [];
      const expected = drawnSteps(kind, drawnHops(kind), breakdown.coverage);
      const said = seen.map(({ place, device, point, side }) => `${place} ${device} ${point} ${side}`).join('\n');
      assert.ok(expected.length >= 4, `${expected.length} points`);
      assert.deepEqual(outOfOrder(expected, seen), [], said);
    });
});

describe('hoplab trace', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  it('refuses a path that does not exist, before anything is touched', async () => {
    const error = errorOf(await hoplab(['trace', 'tpa']));
    assert.equal(error.code, 'USAGE');
    assert.match(error.message, /^"tpa" is no lab file and no path \(did you mean "tap"\?\)/);
  });
});

describe('a trace that is disturbed', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let runs: string;

  before(async () => {
    runs = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
  });

  after(async () => {
    killAllHoplabs();
    await rm(runs, { recursive: true, force: true });
  });

  const trace = (...words: string[]) => ['trace', ...words, '--accel', 'tcg', '--runs', join(runs, 'all')];

  it('refuses a second one while it runs, and keeps its finished blocks when it is interrupted', async () => {
    await using place = await openOwnPlace();
    const first = startHoplab(trace('host', '--pairs', '50', '--count', '5000'), { through: place.through });
    await first.until(/4\/100 /);
    const second = await hoplab(trace('host'), { through: place.through, waitForLock: false });
    assert.equal(errorOf(second).code, 'MEASURING_BUSY');
    first.kill('SIGINT');
    const { code, stdout } = await first.done;
    assert.equal(code, 130);
    assert.match(stdout, /the trace is not whole: its run is interrupted; \d+ of 100 blocks are here/);
    assert.match(stdout, /^host: TCP_RR/m);
  });

  it('goes on with a fresh guest when one dies in the middle, and says which block was lost', async () => {
    const running = startHoplab(trace('tap', '--pairs', '3', '--count', '4000', '--force'));
    await running.until(/3\/6 pair 2 of 3, traced: tap/);
    const { pid } = await (await labOf(running.pid)).process(/qemu-system/);
    process.kill(pid, 'SIGKILL');
    const { code, stdout } = await running.done;
    assert.equal(code, 3, stdout);
    assert.match(stdout, /^failed\n {2}tap: [A-Z_]+: /m);
    assert.match(stdout, /^ {2}2 traced blocks of 2 used/m);
  });

  it('by BPF alone is refused with one error where the kernel has no type information, before its second block', async () => {
    const hidden = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /sys/kernel/btf && exec "$@"', 'sh'];
    const refused = await hoplab(trace('host', '--mechanism', 'bpf', '--count', '100', '--force'), {
      through: hidden,
    });
    assert.equal(refused.code, 1);
    const { code, message } = errorOf(refused);
    assert.equal(code, 'TRACE_REFUSED');
    assert.match(message, /takes none of the points: this kernel has no type information/);
  });

  it('joins the connections of tcp_crr in their order, and leaves their opening to the remainder', async () => {
    const { code, stdout, stderr } = await hoplab(
      trace('host', '--protocol', 'tcp_crr', '--pairs', '1', '--count', '100', '--json', '--force'),
    );
    assert.equal(code, 0, stderr);
    const [path] = (JSON.parse(stdout) as TraceReport).paths;
    assert.deepEqual(path?.breakdown?.coverage.missing, []);
    assert.equal(path?.breakdown?.transactions, 100);
    const { share = 0, p50Ns = 0 } = path?.breakdown?.remainder ?? {};
    assert.ok(p50Ns > 0 && share > 0.1 && share < 0.9, `${share} of the round trip`);
  });

  it('sees every point of udp_rr over sockets that are connected to none, as slirp and passt have them', async () => {
    const { code, stdout, stderr } = await hoplab(
      trace('user', 'passt', '--protocol', 'udp_rr', '--pairs', '1', '--count', '200', '--json', '--force'),
    );
    assert.equal(code, 0, stderr);
    const { paths } = JSON.parse(stdout) as TraceReport;
    assert.equal(paths.length, 2);
    for (const { path, breakdown } of paths) {
      assert.deepEqual(breakdown?.coverage.missing, [], path);
      assert.equal(breakdown?.transactions, 200, path);
      // From the client's send call to the return of its receive call.
      const seen = breakdown?.byShape[0]?.steps.map(({ step }) => `${step.place} ${step.point}`) ?? [];
      assert.deepEqual([seen.at(0), seen.at(-1)], ['client send_enter', 'client recv_exit'], path);
    }
  });

  it("follows a packet from host1 through passt, whose two connections have one another's addresses", async () => {
    const { code, stdout, stderr } = await hoplab(
      trace('passt', '--direction', 'host1-to-guest', '--pairs', '1', '--count', '200', '--json', '--force'),
    );
    assert.equal(code, 0, stderr);
    const { breakdown } = (JSON.parse(stdout) as TraceReport).paths[0] ?? assert.fail();
    assert.deepEqual(breakdown?.coverage.missing, []);
    assert.equal(breakdown?.transactions, 200);
    const seen = breakdown?.byShape[0]?.steps.map(({ step }) => `${step.place} ${step.point} ${step.side}`) ?? [];
    // Off the wire, through passt twice and QEMU once, into the guest.
    const request = ['host2 data_ready', 'host2 vmm_in', 'host2 vmm_out', 'host2 vmm_in', 'guest netif_receive'];
    let at = -1;
    for (const point of request) {
      at = seen.indexOf(`${point} request`, at + 1);
      assert.ok(at >= 0, `${point} in ${seen.join(', ')}`);
    }
  });

  it('--slow keeps the slowest whole, slowest first, and names what had their CPUs', async () => {
    const { code, stdout, stderr } = await hoplab(
      trace('tap', '--slow', '2', '--pairs', '1', '--count', '200', '--force', '--json'),
    );
    assert.equal(code, 0, stderr);
    const slow = (JSON.parse(stdout) as TraceReport).paths[0]?.slow ?? [];
    assert.equal(slow.length, 2);
    const [first, second] = slow;
    assert.ok(first && second && first.totalNs >= second.totalNs && first.longest.ns <= first.totalNs);
    for (const { beside, events } of slow) {
      assert.ok(beside.length > 0 && beside.every(({ what, ns }) => what !== '' && ns > 0));
      assert.ok(events.some(({ kind }) => kind === 'own') && events.some(({ point }) => point === 'switch'));
    }
  });

  it("--explain follows a packet down through the guest's TCP and driver, and no guest where there is none", async () => {
    const { code, stdout, stderr } = await hoplab(trace('tap', '--explain', '--force'));
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^tap: one transaction in the guest \(Linux 6\.1[^)]*\), \d+ functions by function_graph/);
    for (const name of ['tcp_sendmsg', 'ip_queue_xmit', 'dev_hard_start_xmit', 'tcp_v4_rcv', 'tcp_recvmsg'])
      assert.match(stdout, new RegExp(`\\b${name}[^(]*\\(\\)`), name);
    assert.equal(errorOf(await hoplab(trace('host', '--explain', 'guest', '--force'))).code, 'USAGE');
  });

  it('says that the disk is full, and keeps what is there', async () => {
    const disk = join(runs, 'disk');
    await mkdir(disk);
    const mount = `mount -t tmpfs -o size=500k none ${disk} && exec "$@"`;
    const words = ['trace', 'host', '--pairs', '4', '--count', '4000', '--force', '--runs', disk];
    const full = await hoplab(words, { through: ['unshare', '-m', 'sh', '-c', mount, 'sh'] });
    assert.notEqual(full.code, 0);
    assert.match(full.stderr, /DISK_FULL: .*no space left/i);
  });

  it('leaves nothing on the machine', () => assertMachineClean(join(runs, 'all')));
});
