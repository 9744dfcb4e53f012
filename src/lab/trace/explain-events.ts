// SPDX-License-Identifier: GPL-2.0-only
/** Where no tracer of functions is granted, the nearest thing: every tracepoint that a packet passes, with its time. */

import { readFile } from 'node:fs/promises';
import type { RunningTool } from '../../machines/tools.ts';
import { HoplabError } from '../../model/errors.ts';
import { EVENT_KINDS } from '../../trace/tracefs/event-kinds.ts';
import { type EventPath, lastEvents } from '../../trace/tracefs/event-lines.ts';
import { CALL_FILTER } from '../../trace/tracefs/plan-events.ts';
import { toolsAt } from '../live/open.ts';
import type { At } from './mechanism.ts';
import type { NamedThread } from './threads.ts';
import type { Traced } from './traced-machines.ts';

export interface EventFollower {
  end(): Promise<EventPath | null>;
}

export interface FollowEvents extends At {
  readonly traced: Traced;
  readonly threads: readonly NamedThread[];
  readonly devices: readonly { readonly name: string }[];
  /** Names of the instances, tasks first. */
  readonly instances: readonly [string, string];
  /** A file, where the machine's are seen from here; else the pages come over its stdout. */
  readonly output: string;
  readonly sender: string;
  readonly bytes: number;
}

const BUFFER_KB = 4096;
const DRAIN_MS = 200;
/** More of them than packets, and no step of a packet. */
const LEFT_OUT: readonly string[] = ['irq/irq_handler_entry', 'irq/irq_handler_exit'];

export async function followEvents(options: FollowEvents): Promise<EventFollower> {
  const { traced, lab, signal, threads, output, sender, bytes } = options;
  const running = await toolsAt(traced.place, lab).start({
    ...{ tool: 'hoptrace', words: ['tracefs'], input: planText(options), name: 'explain', signal },
  });
  return {
    async end() {
      const pages = await stopped(running, traced.isHere ? output : null);
      return lastEvents(pages, { tasks: threads, sender, bytes });
    },
  };
}

async function stopped(running: RunningTool, file: string | null): Promise<Uint8Array> {
  const { code, signal, output, said } = await running.stop();
  if (code === 0) return file === null ? output : readFile(file);
  throw new HoplabError({
    code: 'TRACE_FAILED',
    message: `follow a packet by tracepoints: hoplab-hoptrace ended with ${signal ?? `status ${code}`}: ${said}`,
    hint: 'hoplab doctor says what this kernel allows',
  });
}

function planText({ traced: { isHere }, threads, devices, instances: [tasks, all], output }: FollowEvents): string {
  const byDevice = [...new Set(devices.map(({ name }) => name))]
    .filter((name) => name !== 'lo')
    .map((name) => `name == "${name}"`)
    .join(' || ');
  const events = EVENT_KINDS.map(({ event }) => {
    const filter = event.startsWith('raw_syscalls/')
      ? CALL_FILTER
      : event.startsWith('net/')
        ? byDevice
        : event === 'napi/napi_poll'
          ? byDevice.replaceAll('name ==', 'dev_name ==')
          : '';
    // What has no device is shown where a task of the lab runs: its softirqs run in it too.
    const stream = event.startsWith('net/') || event === 'napi/napi_poll' ? 1 : 0;
    return LEFT_OUT.includes(event) ? [] : [`event ${stream} ${event} ${filter}`.trimEnd()];
  });
  const tids = threads.map(({ tid, process }) => `${tid}${process && !isHere ? '+' : ''}`);
  return `${[
    ...[`stream ${tasks} ${[...new Set(tids)].join(' ')}`, `stream ${all}`, ...events.flat()],
    ...[`buffer ${BUFFER_KB}`, `drain ${DRAIN_MS}`, `output ${isHere ? output : '-'}`, 'go'],
  ].join('\n')}\n`;
}
