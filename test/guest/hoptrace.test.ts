// SPDX-License-Identifier: GPL-2.0-only
/** hoplab-hoptrace in a real guest and on its host: which points a kernel grants, and a packet's way through both. */
import assert from 'node:assert/strict';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { guestAt, toolsAt } from '../../src/lab/live/open.ts';
import { guestBinary } from '../../src/machines/guest/guest.ts';
import { clientPlanText, serverPlanText } from '../../src/probes/prober/prober-plan.ts';
import { Joiner } from '../../src/trace/join/join.ts';
import { readRecords } from '../../src/trace/records/decode-records.ts';
import { TRACE_POINTS } from '../../src/trace/records/points.ts';
import { clientPlan, serverPlan } from '../root/prober-rig.ts';
import { needs } from '../support/needs.ts';
import { type OpenedLab, openTestLab } from '../support/opened-lab.ts';
import { type DecodedTrace, decodeTrace } from '../support/trace/trace-records.ts';

const LAB = `
paths:
  tap: {}
  user: {}
  passt: {}
  macvtap: {}
  ovs: {}
  ebpf: {}
compare: {draws: 0}
guest: {accel: tcg}
`;
/** Several times what any of the segments takes that it is looked for in. */
const DELAY_NS = 300_000;
const BYTES = 32;
const COUNT = 40;
const STOP_MS = 60_000;
const ALL = TRACE_POINTS.map(({ name }) => name);
const POINTS = ALL.filter((name) => !/irq|^switch$|^free$|^sock_send$|^dev_done$/.test(name));
const BESIDE = ['waking', 'switch_in', 'kick'];

const SENT = ['dev_queue', 'dev_xmit'];
const FAR = ['netif_rx', 'netif_receive'];
const at = (place: string, ...points: string[]) => points.map((point) => `${place} ${point}`);
const REQUEST = {
  guest: at('guest', 'send_enter', ...SENT, 'driver_enter', 'driver_exit'),
  host: [...at('host2', 'vmm_out', 'netif_receive', ...SENT), ...at('host1', ...FAR, 'data_ready', 'recv_exit')],
};
const RESPONSE = {
  host: [...at('host1', 'send_enter', ...SENT), ...at('host2', ...FAR, ...SENT, 'vmm_in')],
  guest: at('guest', 'gro', 'netif_receive', 'data_ready', 'recv_exit'),
};
const readySchema = z.object({
  used: z.array(z.object({ point: z.string(), how: z.string(), why: z.string() })),
});

interface Traced {
  readonly host: DecodedTrace;
  readonly guest: DecodedTrace;
  readonly files: Readonly<Record<'host' | 'guest', Buffer>>;
  readonly port: number;
  readonly vcpus: readonly number[];
  /** Of the guest. */
  readonly used: z.infer<typeof readySchema>['used'];
}

/** Takes a VMM's CPUs away for 3 ms of each 6, as a busy machine does. */
function stopping(pid: number): AsyncDisposable {
  let isOver = false;
  const pulses = (async () => {
    while (!isOver) {
      process.kill(pid, 'SIGSTOP');
      await sleep(3);
      process.kill(pid, 'SIGCONT');
      await sleep(3);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      isOver = true;
      await pulses;
    },
  };
}

describe('hoplab-hoptrace with a guest', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let opened: OpenedLab;
  const { signal } = new AbortController();

  before(async () => {
    opened = await openTestLab(LAB, signal);
  });

  after(async () => {
    await opened?.[Symbol.asyncDispose]();
  });

  /** The VMM's main thread and its vCPUs, by the numbers that the host's tracepoints have. */
  async function threads(): Promise<{ readonly vmm: number; readonly vcpus: readonly number[] }> {
    const { guest } = guestAt(opened.lab, 'guest');
    const vcpus = (await guest.threads(signal)).filter(({ role }) => role.kind === 'vcpu').map(({ tid }) => tid);
    return { vmm: await guest.pid(), vcpus };
  }

  /** The daemons of the lab that carry frames: passt runs as the variant for this CPU. */
  async function services(vmm: number): Promise<string[]> {
    const own = await readlink(`/proc/${vmm}/ns/pid`);
    const found: string[] = [];
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
      const isOurs = (await readlink(`/proc/${pid}/ns/pid`).catch(() => '')) === own;
      if (isOurs && /^(passt|ovs-vswitchd)/.test(name)) found.push(`process ${pid} ${name}`);
    }
    return found;
  }

  /** Some transactions from the guest to host1 over a path, traced on both sides. */
  async function trace(
    pathName: string,
    points: readonly string[],
    protocol: 'tcp_rr' | 'udp_rr',
    { inGuest = [], isStopped = false }: { readonly inGuest?: readonly string[]; readonly isStopped?: boolean } = {},
  ): Promise<Traced> {
    const { lab } = opened;
    const { agent } = guestAt(lab, 'guest').guest;
    const path = opened.path(pathName);
    const reach = path.backendPlan.reach['guest-to-host1'];
    assert.ok(reach.kind === 'reachable');
    const { vmm, vcpus } = await threads();
    const asked = (names: readonly string[]) =>
      [...names.map((point) => `point ${point}`), `port ${path.port}`, 'output -', 'go', ''].join('\n');
    const guestPlan = ['netns /proc/1/ns/net guest', `buffer ${4 << 20}`, ...inGuest, asked(points)].join('\n');
    const hostPlan = [
      'netns /run/netns/host1 host1',
      'netns /run/netns/host2 host2',
      `tid ${vmm} vmm`,
      ...(await services(vmm)),
      ...vcpus.map((tid, i) => `tid ${tid} vcpu${i}`),
      // Of the host's drivers none is virtio_net.
      asked(points.filter((name) => !name.startsWith('driver_'))),
    ].join('\n');
    const size = { requestBytes: BYTES, responseBytes: BYTES };
    const server = await toolsAt('host1', lab).start({
      tool: 'prober',
      words: ['server'],
      input: serverPlanText(
        serverPlan([{ index: 0, protocol, address: reach.listen, port: path.port, device: null }], size),
      ),
      name: 'server',
      signal,
    });
    const onHost = await toolsAt('host2', lab).start({
      ...{ tool: 'hoptrace', words: [], input: hostPlan, name: 'hoptrace', signal, maxOutputBytes: 64 << 20 },
    });
    await agent.spawn({ name: 'hoptrace', argv: [guestBinary('hoptrace')] }, { signal });
    await agent.writeStdin('hoptrace', guestPlan, { signal });
    const readyLine = await agent.waitLine('hoptrace', { signal, timeoutMs: 120_000 });
    const paths = [{ index: 0, address: reach.connect, port: path.port, local: null, device: null }];
    const plan = clientPlan(paths, { ...size, protocol, count: COUNT, warmup: 0, groupSize: COUNT, spinNs: 0 });
    await using _ = isStopped ? stopping(vmm) : null;
    const ended = await toolsAt('guest', lab).run({
      ...{ tool: 'prober', words: ['client'], input: clientPlanText(plan), name: 'client', signal, timeoutMs: 120_000 },
    });
    assert.equal(ended?.code, 0, ended?.said);
    await agent.closeStdin('hoptrace', { signal });
    const end = await agent.waitEnd('hoptrace', { signal, timeoutMs: STOP_MS });
    assert.equal(end.code, 0, await agent.errors('hoptrace', { signal }));
    const guestOutput = await agent.output('hoptrace', { signal });
    await agent.forget('hoptrace', { signal });
    const hostEnd = await onHost.stop();
    assert.equal(hostEnd.code, 0, hostEnd.said);
    await server.stop();
    const { used } = readySchema.parse(JSON.parse(readyLine.slice('ready '.length)));
    const files = { host: hostEnd.output, guest: afterReady(guestOutput) };
    return { host: decodeTrace(files.host), guest: decodeTrace(files.guest), files, port: path.port, vcpus, used };
  }

  it('gets every point in a guest of Linux 6.1, and the substitutes of what that kernel lacks are named', async () => {
    const { guest, used } = await trace('tap', ALL, 'tcp_rr');
    // A guest has no guests.
    assert.deepEqual(
      guest.state.header.refused.map(({ point }) => point),
      ['guest_irq'],
    );
    assert.match(guest.state.header.refused[0]?.why ?? '', /no KVM, no vhost/);
    assert.deepEqual(guest.state.header.asked, ALL);
    const ready = used.find(({ point }) => point === 'data_ready');
    assert.equal(ready?.how, 'fentry sock_def_readable');
    assert.match(ready?.why ?? '', /sk_data_ready: this kernel has no such tracepoint/);
    assert.equal(used.find(({ point }) => point === 'driver_exit')?.how, 'fexit start_xmit');
  });

  for (const protocol of ['tcp_rr', 'udp_rr'] as const)
    it(`follows every ${protocol} over a tap, from the guest's send to its receive, on both sides`, async () => {
      const { host, guest } = await trace('tap', POINTS, protocol);
      assert.deepEqual([...lost(host), ...lost(guest)], []);
      const sends = guest.rows.filter((row) => row.point === 'send_enter');
      assert.equal(sends.length, COUNT);
      // It is tied to the packet that its CPU has just had: not where that CPU was taken away for a millisecond between.
      let untied = 0;
      const assertWay = (seen: readonly string[], expected: readonly string[]) => {
        const ready = (name: string) => name.endsWith(' data_ready');
        const lacks = expected.some(ready) && !seen.some(ready);
        if (lacks) untied++;
        assert.deepEqual(seen, lacks ? expected.filter((name) => !ready(name)) : expected);
      };
      for (const { flow, number } of sends) {
        assertWay(way(guest, flow, number), REQUEST.guest);
        assertWay(way(host, flow, number), REQUEST.host);
      }
      const answers = guest.rows.filter((row) => row.point === 'recv_exit');
      assert.equal(answers.length, COUNT);
      for (const { flow, number } of answers) {
        assertWay(way(host, flow, number), RESPONSE.host);
        assertWay(way(guest, flow, number), RESPONSE.guest);
      }
      assert.ok(untied <= COUNT / 10, `${untied} of ${COUNT}`);
    });

  it('knows which packet the driver had, also where the vCPU is taken away within the call', async () => {
    const { guest } = await trace('tap', POINTS, 'udp_rr', { isStopped: true });
    const of = (name: string) =>
      guest.rows.filter(({ point }) => point === name).map(({ flow, number }) => ({ flow, number }));
    assert.equal(of('driver_enter').length, COUNT);
    assert.deepEqual(of('driver_exit'), of('driver_enter'));
  });

  it('puts a known delay in the guest on the segment that has it, and on no other', async () => {
    const [plain, delayed] = [
      await stepTimes(await trace('tap', POINTS, 'tcp_rr')),
      await stepTimes(await trace('tap', POINTS, 'tcp_rr', { inGuest: [`delay ${DELAY_NS}`] })),
    ];
    const between = (from: string, to: string) => {
      const of = (times: ReadonlyMap<string, number>) =>
        (times.get(to) ?? assert.fail(`no ${to}`)) - (times.get(from) ?? assert.fail(`no ${from}`));
      return of(delayed) - of(plain);
    };
    const added = between('guest netif_receive response', 'guest data_ready response');
    assert.ok(added > DELAY_NS * 0.7 && added < DELAY_NS * 2, `${added} ns of ${DELAY_NS}`);
    for (const [from, to] of [
      ['guest dev_queue request', 'guest driver_enter request'],
      ['host2 netif_receive request', 'host2 dev_xmit request'],
      ['host1 netif_rx request', 'host1 netif_receive request'],
      ['host1 dev_queue response', 'host1 dev_xmit response'],
    ] as const)
      assert.ok(Math.abs(between(from, to)) < DELAY_NS / 2, `${from} to ${to}: ${between(from, to)} ns`);
  });

  it('sees the vCPU kick for each request that the driver of the guest sends', async () => {
    const { host, guest, vcpus } = await trace('tap', POINTS, 'tcp_rr');
    const entered = guest.rows.filter(({ point }) => point === 'driver_enter');
    const left = guest.rows.filter(({ point }) => point === 'driver_exit');
    assert.equal(entered.length, left.length);
    const out = host.rows.filter(({ point, payload }) => point === 'vmm_out' && payload > 0);
    const kicks = host.rows.filter(({ point }) => point === 'kick');
    assert.ok(kicks.every(({ tid }) => vcpus.includes(tid)));
    // Between the VMM's writes of two requests the vCPU has kicked for the second: the queue was idle.
    const kicked = out.filter(({ timeNs }, i) => {
      const after = out[i - 1]?.timeNs ?? 0n;
      return kicks.some((kick) => kick.timeNs > after && kick.timeNs < timeNs);
    });
    assert.equal(out.length, COUNT);
    assert.ok(kicked.length >= COUNT * 0.9, `${kicked.length} of ${COUNT} requests were kicked for`);
  });

  for (const [path, reads, redirects] of [
    ['tap', 1, 0],
    ['user', 1, 0],
    ['macvtap', 1, 0],
    ['ebpf', 1, 2],
    // The switch, the VMM; and passt beside these has two connections, one on each side of it.
    ['ovs', 3, 0],
    ['passt', 3, 0],
  ] as const)
    it(`sees each frame that ${path} reads and writes outside the kernel, and redirects inside it`, async () => {
      const { host } = await trace(path, POINTS, 'tcp_rr');
      assert.deepEqual(lost(host), []);
      const times = (name: string) =>
        host.rows.filter(({ point, payload }) => point === name && payload === BYTES).length;
      assert.equal(times('vmm_in'), reads * COUNT);
      assert.equal(times('vmm_out'), reads * COUNT);
      assert.equal(times('xdp_in'), redirects * COUNT);
      assert.equal(times('xdp_out'), redirects * COUNT);
      assert.equal(times('recv_exit'), COUNT);
    });

  it('sees what slirp reads from and writes to its sockets, with the numbers of the bytes', async () => {
    const { host } = await trace('user', POINTS, 'tcp_rr');
    const out = host.rows.filter(({ point }) => point === 'vmm_out');
    const sent = out.filter(({ payload }) => payload === BYTES);
    assert.equal(sent.length, COUNT);
    for (const { flow, number } of sent)
      assert.deepEqual(way(host, flow, number).slice(0, 3), ['host2 vmm_out', 'host2 dev_queue', 'host2 dev_xmit']);
    const answers = host.rows.filter(({ point, payload }) => point === 'vmm_in' && payload === BYTES);
    assert.equal(answers.length, COUNT);
    for (const { flow, number } of answers)
      assert.deepEqual(way(host, flow, number).slice(-3), ['host2 netif_receive', 'host2 data_ready', 'host2 vmm_in']);
  });
});

/** Median time of every step that nearly all transactions have, once host and guest are joined: ns after the first. */
async function stepTimes({ files, port }: Traced): Promise<ReadonlyMap<string, number>> {
  const header = (file: Buffer) => decodeTrace(file).state.header;
  const names = (file: Buffer) => ({ namespaces: header(file).namespaces, tasks: header(file).tasks, devices: [] });
  const joiner = new Joiner({
    ...{ ports: new Map([[port, 0]]), requestBytes: BYTES, responseBytes: BYTES, client: 'guest' },
    machines: ['host', 'guest'],
    names: { host: names(files.host), guest: names(files.guest) },
  });
  for (const machine of ['host', 'guest'] as const) await readRecords([files[machine]], machine, joiner.take(machine));
  const [path] = joiner.finish().paths;
  assert.ok(path && path.timelines.length >= COUNT * 0.9, `${path?.timelines.length} transactions`);
  const { length, steps, first, step, atNs } = path.timelines;
  const times = new Map<string, number[]>();
  for (let t = 0; t < length; t++)
    for (let k = first[t] ?? 0; k < (first[t + 1] ?? 0); k++) {
      const { place, point, side } = steps[step[k] ?? 0] ?? assert.fail('no step');
      const label = `${place} ${point} ${side}`;
      times.set(label, [...(times.get(label) ?? []), atNs[k] ?? 0]);
    }
  const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
  return new Map([...times].map(([label, values]) => [label, middle(values)]));
}

/** Points in the order in which a packet's payload passed them; tasks that were woken for it are another test's. */
function way({ rows }: DecodedTrace, flow: string, number: number): string[] {
  return rows
    .filter((row) => row.flow === flow && row.number === number && row.payload > 0)
    .filter(({ point }) => !BESIDE.includes(point))
    .map(({ place, point }) => `${place} ${point}`);
}

function lost({ state }: DecodedTrace): number[] {
  assert.equal(state.damage, null);
  return (state.trailer ?? assert.fail('there is no trailer')).lost.filter((records) => records > 0);
}

function afterReady(output: Buffer): Buffer {
  return output.subarray(output.indexOf('\n') + 1);
}
