// SPDX-License-Identifier: GPL-2.0-only
/** The whole form of the nested tests, by `npm run test:nested`: both kernels, and what takes too long for every day. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { usualBackends } from '../../src/backends/index.ts';
import { GENERIC_SERIES } from '../../src/guest/generic-kernel.ts';
import type { Report } from '../../src/model/result.ts';
import type { TraceReport } from '../../src/model/trace-report.ts';
import {
  assertDelay,
  assertKvm,
  assertMeasured,
  assertThreads,
  assertTraced,
  runNested,
  WITH_VHOST,
} from './assert-run.ts';
import { bootNested, type NestedHost } from './host.ts';
import { whatIsThere } from './left.ts';

const DAY_MS = 86_400_000;
/** The kernel's datapath beside the usual one. */
const SYSTEM_OVS =
  'paths: {system: {backend: ovs, datapath: system}}\nprobes: [{protocol: tcp_rr, request: 64, response: 64, count: 60}]\n';
/** What leaves host2 into the guest, host2 over the wire, and host1. */
const PLANTED = [
  { name: 'in', place: 'host2', device: 't-in', hop: 'tap' },
  { name: 'out', place: 'host2', device: 'w-out', hop: 'wire' },
  { name: 'far', place: 'host1', device: 'w-far', hop: 'wire' },
] as const;
const DELAYS = [
  'paths:',
  '  tap: {}',
  ...PLANTED.map(
    ({ name, place, device }) =>
      `  ${name}: {backend: tap, commands: [{on: ${place}, run: [tc, qdisc, add, dev, ${device}, root, netem, delay, 100us]}]}`,
  ),
  '',
].join('\n');
const ORDER = [
  'guest driver_enter',
  'host2 netif_receive',
  'host1 netif_receive',
  'host1 dev_xmit',
  'guest netif_receive',
];

for (const kernel of GENERIC_SERIES)
  describe(`in a nested host of Linux ${kernel}`, { timeout: DAY_MS }, () => {
    const signal = AbortSignal.timeout(DAY_MS);
    let folder: string;
    let host: NestedHost;
    let atFirst: readonly string[];
    const lab = (name: string, text: string) => host.get(`cat >/root/${name}.yaml <<'END'\n${text}END`);

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
      host = await bootNested({ kernel, signal });
      await host.get('hoplab doctor >/dev/null');
      atFirst = await whatIsThere(host);
    });

    after(async () => {
      await host?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    it('a run measures every backend under KVM with vhost, and places the threads that carry packets', async () => {
      const { report, run } = await runNested<Report>(host, 'run --quick --count 60 --seed 7', folder);
      assertMeasured(
        report,
        usualBackends.map(({ kind }) => kind),
      );
      assertKvm(run);
      assertThreads(run, WITH_VHOST);
    });

    it("a run proves the path over the kernel's own Open vSwitch", async () => {
      await lab('ovs', SYSTEM_OVS);
      const { report, run } = await runNested<Report>(host, 'run /root/ovs.yaml --quick', folder);
      assertMeasured(report, ['system']);
      assertKvm(run);
    });

    it('a trace of tap with vhost uses every block, and sees its points in the order of causes', async () => {
      const { report, run } = await runNested<TraceReport>(host, 'trace tap --pairs 2 --count 60 --seed 7', folder);
      assertKvm(run);
      assertTraced(report, 'tap', ORDER);
    });

    it('a planted delay of 100 us is found by the hop table, on its hop and nowhere else', async () => {
      await lab('delays', DELAYS);
      const words = 'trace /root/delays.yaml --pairs 1 --count 60 --seed 7';
      const { report } = await runNested<TraceReport>(host, words, folder);
      for (const { name, place, hop } of PLANTED) assertDelay(report, name, { place, hop });
    });

    it('the functions that a packet passes in the host are told', async () => {
      const said = await host.get('hoplab trace tap --explain host --width 120', { timeoutMs: 1_200_000 });
      for (const name of ['tcp_sendmsg', 'tun_net_xmit']) assert.match(said, new RegExp(name), said);
    });

    it('a diagnosis finds the cause of a fault, also under KVM', async () => {
      const { status, stdout, stderr } = await host.run(
        'hoplab diagnose /opt/hoplab/examples/xdp-without-checksums.yaml --json',
        {
          timeoutMs: 1_200_000,
        },
      );
      assert.match(stdout, /checksum/, `${status}: ${stderr}${stdout.slice(0, 1000)}`);
    });

    for (const name of ['INT', 'TERM', 'KILL'] as const)
      it(`a run that is ended by SIG${name} leaves nothing behind, at the latest after the next gc`, async () => {
        const ended = host.run('echo $$ >/run/nested/killed; exec hoplab run tap --count 100000 --runs /root/killed');
        const measuring = 'until pgrep -f "hoplab-prober client" >/dev/null; do sleep 0.2; done';
        await host.get(`${measuring}; kill -${name} "$(cat /run/nested/killed)"`);
        assert.notEqual((await ended).status, 0);
        await delay(1000);
        await host.get('hoplab gc');
        assert.deepEqual(await whatIsThere(host), atFirst);
      });
  });
