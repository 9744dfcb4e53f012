// SPDX-License-Identifier: GPL-2.0-only
/** The whole form of the nested tests, by `npm run test:nested`: both kernels, and what takes too long for every day. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
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
  assertVhostHops,
  runNested,
  WITH_VHOST,
} from './assert-run.ts';
import { inNestedHost } from './in-host.ts';
import { whatIsThere } from './left.ts';

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
/** An instance has function_graph from 6.11 on. */
const EXPLAINED = { '6.1': ['from Linux\\s+6\\.11 on'], '6.12': ['tcp_sendmsg', 'tun_net_xmit'] } as const;

for (const kernel of GENERIC_SERIES)
  inNestedHost({ name: `in a nested host of Linux ${kernel}`, kernel }, (at) => {
    const lab = (name: string, text: string) => at().host.get(`cat >/root/${name}.yaml <<'END'\n${text}END`);

    it('a run measures every backend under KVM with vhost, and places the threads that carry packets', async () => {
      const { report, run } = await runNested<Report>(at(), 'run --quick --count 60 --seed 7');
      assertMeasured(
        report,
        usualBackends.map(({ kind }) => kind),
      );
      assertKvm(run);
      assertThreads(run, WITH_VHOST);
    });

    it("a run proves the path over the kernel's own Open vSwitch", async () => {
      await lab('ovs', SYSTEM_OVS);
      const { report, run } = await runNested<Report>(at(), 'run /root/ovs.yaml --quick');
      assertMeasured(report, ['system']);
      assertKvm(run);
    });

    it('a trace of tap with vhost uses every block, and sees its points in the order of causes', async () => {
      const { report, run } = await runNested<TraceReport>(at(), 'trace tap --pairs 2 --count 60 --seed 7');
      assertKvm(run);
      assertTraced(report, 'tap');
      assertVhostHops(report, 'tap');
    });

    it('a planted delay of 100 us is found by the hop table, on its hop and nowhere else', async () => {
      await lab('delays', DELAYS);
      const words = 'trace /root/delays.yaml --pairs 1 --count 60 --seed 7';
      const { report } = await runNested<TraceReport>(at(), words);
      for (const { name, place, hop } of PLANTED) assertDelay(report, name, { place, hop });
    });

    it('the functions that a packet passes in the host are told, or why this kernel tells none', async () => {
      const said = await at().host.get('hoplab trace tap --explain host --width 120', { timeoutMs: 1_200_000 });
      for (const word of EXPLAINED[kernel]) assert.match(said, new RegExp(word), said);
    });

    it('a diagnosis finds the cause of a fault, also under KVM', async () => {
      const { status, stdout, stderr } = await at().host.run(
        'hoplab diagnose /opt/hoplab/examples/xdp-without-checksums.yaml --json',
        {
          timeoutMs: 1_200_000,
        },
      );
      assert.match(stdout, /checksum/, `${status}: ${stderr}${stdout.slice(0, 1000)}`);
    });

    for (const name of ['INT', 'TERM', 'KILL'] as const)
      it(`a run that is ended by SIG${name} leaves nothing behind, at the latest after the next gc`, async () => {
        const ended = at().host.run(
          'echo $$ >/run/nested/killed; exec hoplab run tap --count 100000 --runs /root/killed',
        );
        const measuring = 'until pgrep -f "hoplab-prober client" >/dev/null; do sleep 0.2; done';
        await at().host.get(`${measuring}; kill -${name} "$(cat /run/nested/killed)"`);
        assert.notEqual((await ended).status, 0);
        await delay(1000);
        await at().host.get('hoplab gc');
        assert.deepEqual(await whatIsThere(at().host), at().atFirst);
      });
  });
