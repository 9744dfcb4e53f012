// SPDX-License-Identifier: GPL-2.0-only
/** What a tracer of one machine is told. */
import type { TracedMachineContext } from '../../model/trace-context.ts';
import type { NamedThread } from './threads.ts';

export interface TracerPlan {
  readonly points: readonly string[];
  readonly netns: readonly { readonly path: string; readonly name: string }[];
  readonly threads: readonly NamedThread[];
  readonly devices: readonly TracedMachineContext['devices'][number][];
  readonly ports: readonly number[];
  readonly bufferBytes: number;
  readonly drainMs: number;
  /** Where clients and servers are all listed: what they send. Their calls can then be traced by cheaper programs. */
  readonly calls?: 'tcp' | 'udp';
  /** Whether a guest of the plan runs under KVM, whose kicks and interrupts no system call tells. */
  readonly kvm?: boolean;
  /** Whether the kernel counts the runs of each program. */
  readonly stats?: boolean;
  /** A file on the tracer's machine; "-" = its stdout. */
  readonly output: string;
}

/** The words of hoptrace's stdin up to its start; the stream stays open, and its end ends the tracer. */
export function tracerPlanText(plan: TracerPlan): string {
  return `${[
    ...plan.points.map((point) => `point ${point}`),
    ...plan.netns.map(({ path, name }) => `netns ${path} ${name}`),
    ...plan.threads.map(({ tid, name }) => `tid ${tid} ${name}`),
    ...plan.threads.filter(({ process }) => process).map(({ tid, name }) => `process ${tid} ${name}`),
    ...plan.ports.map((port) => `port ${port}`),
    `buffer ${plan.bufferBytes}`,
    `drain ${plan.drainMs}`,
    ...(plan.calls === undefined ? [] : [`calls ${plan.calls}`]),
    ...(plan.kvm === true ? ['kvm yes'] : []),
    ...(plan.stats === true ? ['stats yes'] : []),
    `output ${plan.output}`,
    'go',
  ].join('\n')}\n`;
}
