// SPDX-License-Identifier: GPL-2.0-only
/** What hoplab could leave behind in a nested host, as lines to compare before and after. */
import type { NestedHost } from './host.ts';

const LOOKS = [
  ['network namespace', 'ip netns list'],
  ['link', 'ip -o link show | cut -d: -f2 | cut -d@ -f1'],
  ['mount', 'cut -d" " -f2,3 /proc/mounts'],
  ['tracing instance', 'ls /sys/kernel/tracing/instances'],
  ['kprobe', 'cut -d" " -f1 /sys/kernel/tracing/kprobe_events'],
  [
    'program',
    'ls /proc/*/exe >/dev/null 2>&1; readlink /proc/[0-9]*/exe | grep -vE "/(init|busybox|dash|sh|readlink|grep|sed|sort|uniq|cat)$"',
  ],
  ['qdisc', 'tc qdisc show | cut -d" " -f2,5'],
] as const;

/** Sorted, each with how often it is there. */
export async function whatIsThere(host: NestedHost): Promise<string[]> {
  const each = LOOKS.map(([kind, look]) => `{ ${look}; } 2>/dev/null | sort | uniq -c | sed 's/^/${kind}: /'`);
  return (await host.get(each.join('\n'))).split('\n');
}
