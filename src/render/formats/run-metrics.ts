// SPDX-License-Identifier: GPL-2.0-only
/** What the metrics of everything that measured have in common: the labels of a run and a probe, and the machine. */

import type { MachineLine } from '../../model/machine-line.ts';
import type { ProbeSpec } from '../../model/probe-spec.ts';
import { VMM_KEY } from '../../model/recorded-words.ts';
import type { RunHeader } from '../../model/run-header.ts';
import { formatDuration } from '../../words/format.ts';
import type { Families, Labels } from './metric-families.ts';

export const seconds = (ns: number): number => Number((ns / 1e9).toPrecision(15));

export function runLabels({ id, label }: RunHeader): Labels {
  return { run: id, ...(label === null ? {} : { label }) };
}

/** What a latency means nothing without. */
export function keyOf(run: RunHeader, probe: ProbeSpec, k: number): Labels {
  const { name, protocol, direction } = probe;
  return { ...runLabels(run), probe: name, protocol, direction, pace: paceText(probe), k };
}

/** As `--pace` takes it: "0", "10ms". */
function paceText({ paceNs }: ProbeSpec): string {
  return paceNs === 0 ? '0' : formatDuration(paceNs).replace(' ', '');
}

interface MeasuredBy {
  readonly run: RunHeader;
  readonly machine: MachineLine;
  readonly tool: { readonly version: string };
}

export function addRunInfo(families: Families, { run, machine, tool }: MeasuredBy): void {
  families.measuredAt(run.endedAt ?? run.startedAt);
  const { hostname, cpu, kernel, [VMM_KEY]: vmm, guestKernel, accel, scheduling } = machine;
  const known = {
    hostname,
    cpu,
    kernel,
    [VMM_KEY]: vmm,
    guest_kernel: guestKernel,
    accel,
    scheduling,
    version: tool.version,
    state: run.state,
  };
  const labels = Object.fromEntries(
    Object.entries(known).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
  );
  families.add(
    { name: 'hoplab_run', type: 'info', unit: null, help: 'The machine and the state of a run.' },
    { suffix: '_info', labels: { ...runLabels(run), ...labels }, value: 1 },
  );
  families.add(
    {
      name: 'hoplab_run_start_time_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: 'When the run started, since the epoch.',
    },
    { suffix: '', labels: runLabels(run), value: Date.parse(run.startedAt) / 1000 },
  );
}
