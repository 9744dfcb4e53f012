/** hoplab-hoptrace in a real guest and on its host: which points a kernel grants, and a packet's way through both. */
import assert from 'node:assert/strict';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { qemuPid } from '../../src/lab/schedule-guest.ts';
import { guestBinary } from '../../src/lab/tool-place.ts';
import { toolsAt } from '../../src/lab/tools-at.ts';
import { clientPlanText, serverPlanText } from '../../src/probe/prober-plan.ts';
import { nativeBinary } from '../../src/system/paths.ts';
import { TRACE_POINTS } from '../../src/trace/points.ts';
import { clientPlan, serverPlan } from '../root/prober-rig.ts';
import { needs } from '../support/needs.ts';
import { type OpenedLab, openTestLab } from '../support/opened-lab.ts';
import { type DecodedTrace, decodeTrace } from '../support/trace-records.ts';

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
const BYTES = 32;
const COUNT = 40;
const STOP_MS = 10_000;
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
  readonly vcpus: readonly number[];
  /** Of the guest. */
  readonly used: z.infer<typeof readySchema>['used'];
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
    const session = opened.session ?? assert.fail('there is no guest');
    const vmm = await qemuPid(session.guest.service.pid);
    const inner = await session.guest.vcpuThreadIds(signal);
    const vcpus: number[] = [];
    for (const tid of await readdir(`/proc/${vmm}/task`)) {
      const status = await readFile(`/proc/${vmm}/task/${tid}/status`, 'utf8');
      if (inner.includes(Number(/^NSpid:.*\s(\d+)$/m.exec(status)?.[1]))) vcpus.push(Number(tid));
    }
    return { vmm, vcpus };
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
  async function trace(pathName: string, points: readonly string[], protocol: 'tcp_rr' | 'udp_rr'): Promise<Traced> {
    const { lab, session } = opened;
    const agent = session?.guest.agent ?? assert.fail('there is no guest');
    const path = opened.path(pathName);
    const reach = path.backendPlan.reach['guest-to-host1'];
    assert.ok(reach.kind === 'reachable');
    const { vmm, vcpus } = await threads();
    const asked = (names: readonly string[]) =>
      [...names.map((point) => `point ${point}`), `port ${path.port}`, 'output -', 'go', ''].join('\n');
    const guestPlan = `netns /proc/1/ns/net guest\nbuffer ${4 << 20}\n${asked(points)}`;
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
    const server = await toolsAt('host1', lab, session).start({
      tool: 'prober',
      words: ['server'],
      input: serverPlanText(
        serverPlan([{ index: 0, protocol, address: reach.listen, port: path.port, device: null }], size),
      ),
      name: 'server',
      signal,
    });
    const onHost = await lab.namespaces.start([nativeBinary('hoptrace')], {
      ...{ name: 'hoptrace', signal, logFile: null, stdin: hostPlan, maxOutputBytes: 64 << 20 },
      ready: (line) => line.startsWith('ready '),
    });
    await agent.spawn({ name: 'hoptrace', argv: [guestBinary('hoptrace')] }, { signal });
    await agent.writeStdin('hoptrace', guestPlan, { signal });
    const readyLine = await agent.waitLine('hoptrace', { signal, timeoutMs: 30_000 });
    const paths = [{ index: 0, address: reach.connect, port: path.port, local: null, device: null }];
    const plan = clientPlan(paths, { ...size, protocol, count: COUNT, warmup: 0, groupSize: COUNT, spinNs: 0 });
    const ended = await toolsAt('guest', lab, session).run({
      ...{ tool: 'prober', words: ['client'], input: clientPlanText(plan), name: 'client', signal, timeoutMs: 30_000 },
    });
    assert.equal(ended?.code, 0, ended?.said);
    await agent.closeStdin('hoptrace', { signal });
    const end = await agent.waitEnd('hoptrace', { signal, timeoutMs: STOP_MS });
    assert.equal(end.code, 0, await agent.errors('hoptrace', { signal }));
    const inGuest = await agent.output('hoptrace', { signal });
    await agent.forget('hoptrace', { signal });
    onHost.stdin.end();
    assert.equal((await onHost.exited).code, 0, onHost.lastLines(3).join('\n'));
    await server.stop();
    const { used } = readySchema.parse(JSON.parse(readyLine.slice('ready '.length)));
    return { host: decodeTrace(afterReady(onHost.output())), guest: decodeTrace(afterReady(inGuest)), vcpus, used };
  }

  it('gets every point in a guest of Linux 6.1, and the substitutes of what that kernel lacks are named', async () => {
    const { guest, used } = await trace('tap', ALL, 'tcp_rr');
    assert.deepEqual(guest.state.header.refused, []);
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
      for (const { flow, number } of sends) {
        assert.deepEqual(way(guest, flow, number), REQUEST.guest);
        assert.deepEqual(way(host, flow, number), REQUEST.host);
      }
      const answers = guest.rows.filter((row) => row.point === 'recv_exit');
      assert.equal(answers.length, COUNT);
      for (const { flow, number } of answers) {
        assert.deepEqual(way(host, flow, number), RESPONSE.host);
        assert.deepEqual(way(guest, flow, number), RESPONSE.guest);
      }
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
