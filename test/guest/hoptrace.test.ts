/** hoplab-hoptrace in a real guest and on its host: which points a kernel grants, and a packet's way through both. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { qemuPid } from '../../src/lab/schedule-guest.ts';
import { guestBinary } from '../../src/lab/tool-place.ts';
import { toolsAt } from '../../src/lab/tools-at.ts';
import { clientPlanText, serverPlanText } from '../../src/probe/prober-plan.ts';
import { nativeBinary } from '../../src/system/paths.ts';
import { TRACE_POINTS } from '../../src/trace/points.ts';
import { clientPlan, serverPlan } from '../root/prober-rig.ts';
import { needs } from '../support/needs.ts';
import { type OpenedLab, openTestLab } from '../support/opened-lab.ts';
import { type DecodedTrace, decodeTrace, type Row } from '../support/trace-records.ts';

const LAB = `
paths:
  tap: {}
  user: {}
compare: {draws: 0}
guest: {accel: tcg}
`;
const BYTES = 32;
const COUNT = 40;
const STOP_MS = 10_000;

interface Traced {
  readonly host: DecodedTrace;
  readonly guest: DecodedTrace;
  readonly vcpus: readonly number[];
}

describe('hoplab-hoptrace with a guest', { timeout: 180_000, skip: needs('root', 'linux') }, () => {
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

  /** Some transactions from the guest to host1 over a path, traced on both sides. */
  async function trace(pathName: string, points: readonly string[], protocol: 'tcp_rr' | 'udp_rr'): Promise<Traced> {
    const { lab, session } = opened;
    const agent = session?.guest.agent ?? assert.fail('there is no guest');
    const path = opened.path(pathName);
    const reach = path.backendPlan.reach['guest-to-host1'];
    assert.ok(reach.kind === 'reachable');
    const { vmm, vcpus } = await threads();
    const common = [...points.map((point) => `point ${point}`), `port ${path.port}`, 'output -', 'go', ''].join('\n');
    const guestPlan = `netns /proc/1/ns/net guest\nbuffer ${4 << 20}\n${common}`;
    const hostPlan = [
      'netns /run/netns/host1 host1',
      'netns /run/netns/host2 host2',
      `tid ${vmm} vmm`,
      ...vcpus.map((tid, i) => `tid ${tid} vcpu${i}`),
      common,
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
    assert.match(readyLine, /^ready \{/);
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
    return { host: decodeTrace(afterReady(onHost.output())), guest: decodeTrace(afterReady(inGuest)), vcpus };
  }

  it('prints', async () => {
    const all = TRACE_POINTS.map(({ name }) => name);
    for (const [path, protocol] of [['tap', 'tcp_rr'], ['user', 'tcp_rr'], ['tap', 'udp_rr']] as const) {
    const { host, guest, vcpus } = await trace(path, all.filter((n) => !/irq|^switch$/.test(n)), protocol);
    console.log(path, protocol, JSON.stringify(guest.state, (_, v) => typeof v === 'bigint' ? String(v) : v), JSON.stringify(host.state.refused ?? host.state.header.refused), vcpus);
    const show = (rows: readonly Row[]) => { const i = rows.findIndex((r) => r.point === 'send_enter' && r.payload > 0) ; const t = rows[i]?.timeNs ?? 0n; for (const r of rows.slice(i + 60, i + 150)) console.log(String(r.timeNs - t), r.point, r.place, r.flow, r.number, 'pay', r.payload, 'tid', r.tid, 'if', r.ifindex, 'sz', r.size, 'aux', r.aux, r.ack ? 'ACK' : '', r.byState ? 'ST' : ''); };
    console.log('GUEST'); show(guest.rows); console.log('HOST'); show(host.rows.filter((r) => r.flow !== '' || r.point==='kick'));
    }
  });
});

function afterReady(output: Buffer): Buffer {
  return output.subarray(output.indexOf('\n') + 1);
}
