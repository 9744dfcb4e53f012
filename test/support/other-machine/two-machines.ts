// SPDX-License-Identifier: GPL-2.0-only
/** This machine and another behind ssh, with a cable of their own beside that of the session: what a lab over an uplink needs. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentProgress } from '../../../src/cli/progress.ts';
import { parseLabFile } from '../../../src/config/parse-lab-file.ts';
import { runLab } from '../../../src/lab/run.ts';
import type { LabSpec } from '../../../src/model/lab-spec.ts';
import type { Progress } from '../../../src/model/progress.ts';
import { type OtherMachine, openOtherMachine } from './other-machine.ts';

export interface TwoMachines extends AsyncDisposable {
  readonly other: OtherMachine;
  /** The ends of the cable. */
  readonly ours: string;
  readonly its: string;
  readonly runs: string;
  /** All that a loan may change of both ends. */
  state(): string[];
  /** One path over `wire`, by default the cable. */
  lab(wire?: string): LabSpec;
  run(options: { readonly wire?: string; readonly progress?: Progress }): ReturnType<typeof runLab>;
}

export async function openTwoMachines(number: number, signal: AbortSignal): Promise<TwoMachines> {
  const runs = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
  const other = await openOtherMachine({ number });
  const [ours, its] = [`hu${process.pid % 10_000}x${number}`, `ou${process.pid % 10_000}x${number}`];
  const here = (...argv: [string, ...string[]]) => execFileSync(argv[0], argv.slice(1), { encoding: 'utf8' });
  here('ip', 'link', 'add', ours, 'type', 'veth', 'peer', 'name', its, 'netns', other.netns);
  here('ip', 'address', 'add', '10.97.1.1/24', 'dev', ours);
  here('ip', 'link', 'set', ours, 'up');
  here('ethtool', '-K', ours, 'tso', 'off');
  other.on('ip', 'address', 'add', '10.97.1.2/24', 'dev', its);
  other.on('ip', 'link', 'set', its, 'mtu', '1400', 'up');
  other.on('ip', 'route', 'add', '10.96.0.0/16', 'via', '10.97.1.1', 'metric', '77');
  const addresses = (text: string) =>
    text
      .replace(/^\d+: /m, '')
      .replace(/ qlen.*$/m, '')
      .replaceAll(' tentative', '');
  const lab = (wire = `{host1: ${its}, host2: ${ours}}`) =>
    parseLabFile(
      `
machines: {host1: {kind: ssh, host: ${other.name}, config: ${other.config}}}
wire: {uplink: ${wire}}
paths: {host: {}}
probes: [{protocol: tcp_rr, request: 64, response: 64, count: 400}]
`,
      'two.yaml',
    );
  return {
    ...{ other, ours, its, runs, lab },
    state: () => [
      addresses(here('ip', 'address', 'show', 'dev', ours)),
      here('ethtool', '-k', ours),
      here('ip', 'route', 'show', 'dev', ours),
      addresses(other.on('ip', 'address', 'show', 'dev', its)),
      other.on('ethtool', '-k', its),
      other.on('ip', 'route', 'show', 'dev', its),
    ],
    run: ({ wire, progress = silentProgress }) =>
      runLab({ spec: lab(wire), runsRoot: runs, label: null, force: true, argv: ['test'], progress, signal }),
    async [Symbol.asyncDispose]() {
      // A test may have taken the cable away.
      execFileSync('sh', ['-c', `ip link del ${ours} 2>/dev/null || true`]);
      await other[Symbol.asyncDispose]();
      await rm(runs, { recursive: true, force: true });
    },
  };
}
