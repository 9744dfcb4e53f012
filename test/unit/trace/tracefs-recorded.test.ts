// SPDX-License-Identifier: GPL-2.0-only
/** A trace that was recorded by tracefs from a real guest becomes the same timelines everywhere, from its pages alone. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { TracedPath } from '../../../src/model/trace-report.ts';
import { renderTrace } from '../../../src/render/text/trace.ts';
import { buildTraceReport } from '../../../src/results/trace/build.ts';
import { readRun } from '../../../src/run-store/read-run.ts';
import { dataLengths } from '../../../src/trace/tracefs/data-packets.ts';
import { lastEvents } from '../../../src/trace/tracefs/event-lines.ts';
import { planEvents } from '../../../src/trace/tracefs/plan-events.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

/** `hoplab trace tap --mechanism tracefs --pairs 1 --count 50`, without logs and results.json. */
const FOLDER = join(projectFolder(), 'test', 'fixtures', 'recorded-trace-tracefs');
const HOST = join('trace', 'guest-00-traced-host.htr');

async function pathOf(folder = FOLDER): Promise<TracedPath> {
  const { paths } = await buildTraceReport(await readRun(folder), '0.1.0');
  return paths[0] ?? assert.fail('no path');
}

function copied(context: TestContext): string {
  const folder = join(temporaryFolder(context), 'trace');
  cpSync(FOLDER, folder, { recursive: true });
  return folder;
}

describe('a trace recorded by tracefs', () => {
  it('has every step of its path on both machines, each once, in order, and nothing lost', async () => {
    const path = await pathOf();
    const [block] = path.blocks;
    assert.equal(block?.unused, null);
    assert.deepEqual(
      block?.machines.map(({ machine, mechanism, lost, damage }) => [machine, mechanism, lost, damage]),
      [
        ['host', 'tracefs', 0, null],
        ['guest', 'tracefs', 0, null],
      ],
    );
    const { breakdown } = path;
    assert.ok(breakdown);
    assert.deepEqual(breakdown.coverage.missing, []);
    assert.equal(breakdown.transactions, 50);
    const points = breakdown.common?.steps.map(({ step }) => `${step.place} ${step.point}`) ?? [];
    const inOrder = [
      ...[
        'client send_enter',
        'guest dev_queue',
        'guest dev_xmit',
        'vcpu0 kick',
        'host2 vmm_out',
        'host2 netif_receive',
      ],
      ...['host1 netif_receive', 'server recv_exit', 'server send_enter', 'host1 dev_queue', 'host2 vmm_in'],
      ...['guest netif_receive', 'client recv_exit'],
    ];
    const at = inOrder.map((step) => points.indexOf(step));
    assert.ok(!at.includes(-1), points.join(', '));
    assert.deepEqual(
      at,
      at.toSorted((a, b) => a - b),
    );
    assert.ok(breakdown.common?.segments.every(({ minNs }) => minNs >= 0));
  });

  it('says which points tracefs has not, each with its reason', async () => {
    const refused = (await pathOf()).breakdown?.coverage.refused ?? [];
    assert.deepEqual(
      refused.map(({ machine, point }) => [machine, point]),
      [
        ['guest', 'data_ready'],
        ['guest', 'driver_enter'],
      ],
    );
    assert.match(refused[0]?.why ?? '', /sock\/sk_data_ready: this kernel has no such tracepoint/);
    assert.match(refused[1]?.why ?? '', /takes BPF/);
  });

  it('bounds the guest clock without a point in its driver', async () => {
    const [block] = (await pathOf()).blocks;
    assert.ok(block?.clockBoundNs != null && block.clockBoundNs > 0 && block.clockBoundNs < 1e6);
  });

  it('is read up to where it is cut or damaged, is then no figure, and says so', async (context) => {
    const cut = copied(context);
    const size = readFileSync(join(cut, HOST)).length;
    truncateSync(join(cut, HOST), Math.floor(size / 2));
    assert.match((await pathOf(cut)).blocks[0]?.unused ?? '', /ends within a block|without a trailer/);
    const bytes = readFileSync(join(FOLDER, HOST));
    const damaged = Buffer.from(bytes);
    const at = Math.floor(size / 2);
    damaged.writeUInt8(bytes.readUInt8(at) ^ 0x55, at);
    writeFileSync(join(cut, HOST), damaged);
    assert.match((await pathOf(cut)).blocks[0]?.unused ?? '', /another checksum|what should be a block is none/);
  });

  it('contradicts a prober that sent another number of requests, and says so', async (context) => {
    const folder = copied(context);
    // Nobody of this host is its server any more: only what the VMM sends begins a message.
    const file = join(folder, 'trace', 'guest-00-traced.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replaceAll('"server"', '"vmm"').replaceAll('"client"', '"vmm"'));
    assert.match(
      (await pathOf(folder)).blocks[0]?.unused ?? '',
      /tracepoints show \d+ requests, and the prober sent 100/,
    );
  });

  it('names its mechanism on each side in the text', async () => {
    const report = await buildTraceReport(await readRun(FOLDER), '0.1.0');
    const text = renderTrace(report, { width: 140, colour: false, ascii: false });
    assert.match(text, /by tracefs on the host, tracefs on the guest/);
  });

  it('shows the tracepoints of one transaction, each with its task and packet', () => {
    const { tasks } = JSON.parse(readFileSync(join(FOLDER, 'trace', 'guest-00-traced.json'), 'utf8')).machines[0];
    const found = lastEvents(readFileSync(join(FOLDER, HOST)), { tasks, sender: 'server', bytes: 64 });
    assert.ok(found !== null && found.events > 20);
    assert.match(found.lines[0] ?? '', /0\.00 us {2}CPU \d {2}server +sys_enter +sendto\(\d+, \.\.\., 64\)/);
    const queued = found.lines.find((line) => line.includes('net_dev_queue')) ?? '';
    assert.match(queued, /server +net_dev_queue +w-tap {2}130 B {2}packet 1/);
    assert.equal(lastEvents(readFileSync(join(FOLDER, HOST)), { tasks, sender: 'server', bytes: 63 }), null);
  });
});

describe('packets with payload', () => {
  it('are told from acknowledgements by their lengths', () => {
    const tcp = dataLengths('tcp', 64);
    for (const bytes of [116, 104, 136, 124]) assert.ok(tcp.isPacket(bytes), `${bytes}`);
    for (const bytes of [40, 52, 64, 72, 80, 115]) assert.ok(!tcp.isPacket(bytes), `${bytes}`);
    // 12 bytes behind a plain header are as long as an acknowledgement with timestamps.
    assert.ok(!dataLengths('tcp', 12).isPacket(52));
    assert.ok(dataLengths('udp', 8).isPacket(36));
    const several = dataLengths('tcp', 4000);
    assert.ok(several.severalPackets && several.isPacket(1500) && several.isPacket(4052) && !several.isPacket(52));
  });

  it('are frames behind any header of a VMM, or the payload of a socket call alone', () => {
    const tcp = dataLengths('tcp', 64);
    for (const before of [0, 4, 10, 12]) assert.ok(tcp.isMoved(before + 14 + 52 + 64, false));
    assert.ok(tcp.isMoved(64, true));
    assert.ok(!tcp.isMoved(64, false) && !tcp.isMoved(8, false));
  });
});

describe('the tracepoints of a trace', () => {
  const devices = [
    { ifindex: 1, name: 'lo' },
    { ifindex: 2, name: 'w-tap' },
    { ifindex: 3, name: 't-tap' },
  ];

  it('are filtered by the devices of the lab, and by tasks where they have no device', () => {
    const { events, pointEvents } = planEvents({ inGuest: false, points: ['dev_xmit', 'waking', 'xdp_in'], devices });
    const of = (event: string) => events.find((each) => each.event === event);
    assert.deepEqual(of('net/net_dev_start_xmit')?.filter, 'name == "w-tap" || name == "t-tap"');
    assert.equal(of('sched/sched_waking')?.stream, 'tasks');
    assert.equal(of('xdp/xdp_redirect')?.filter, 'ifindex == 2 || ifindex == 3');
    assert.match(of('raw_syscalls/sys_enter')?.filter ?? '', /id == @sendto@/);
    assert.deepEqual(pointEvents.dev_xmit, ['net/net_dev_start_xmit']);
  });

  it('have nothing for what happens inside a driver, but in a guest the two around it', () => {
    const full = planEvents({ inGuest: true, points: ['dev_xmit', 'driver_enter', 'driver_exit'], devices });
    assert.deepEqual([full.pointEvents.driver_enter, full.pointEvents.driver_exit], [undefined, ['net/net_dev_xmit']]);
    const light = planEvents({ inGuest: true, points: ['driver_enter', 'driver_exit'], devices });
    assert.deepEqual(light.pointEvents.driver_enter, ['net/net_dev_start_xmit']);
    assert.deepEqual(planEvents({ inGuest: false, points: ['free', 'sock_send'], devices }).pointEvents, {});
  });

  it('take every switch once', () => {
    const { events } = planEvents({ inGuest: false, points: ['switch_in', 'switch'], devices });
    const switches = events.filter(({ event }) => event === 'sched/sched_switch');
    assert.deepEqual(
      switches.map(({ stream }) => stream),
      ['devices'],
    );
  });
});
