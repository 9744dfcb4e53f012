// SPDX-License-Identifier: GPL-2.0-only
/** Which differences between runs are refused and which are flagged, and why: the one table of both. */
import type { UnlikeKey } from '../model/compare.ts';
import { VMM_KEY } from '../model/recorded-words.ts';

export interface UnlikeRule {
  /**
   * refused: the runs were measured in another way, so that a difference may be the method's; flagged: what was measured is
   * another thing, and the difference may be its effect.
   */
  readonly level: 'refused' | 'flagged';
  /** What it is, for tables. */
  readonly what: string;
  readonly why: string;
}

/** `docs/compare.md` has this table; a test holds both together. */
export const UNLIKE_RULES: Readonly<Record<UnlikeKey, UnlikeRule>> = {
  probe: {
    level: 'refused',
    what: 'protocol, direction, sizes, way of waiting',
    why: 'another probe measures another thing',
  },
  pace: { level: 'refused', what: 'gap between transactions', why: 'idle CPUs and cold caches cost up to 3 x' },
  k: {
    level: 'refused',
    what: 'number of paths in rotation',
    why: 'the longer since a path was last used, the slower it is',
  },
  arch: {
    level: 'refused',
    what: "the guest's architecture",
    why: 'another architecture is another machine, and mostly an emulated one',
  },
  accel: {
    level: 'refused',
    what: "KVM or emulation under the guest's CPU",
    why: 'an emulated CPU is another machine',
  },
  cpu: { level: 'refused', what: 'CPU model and number of CPUs', why: 'another CPU is another machine' },
  isolation: {
    level: 'refused',
    what: "isolated CPUs, and the words of the kernel's command line that isolate, idle or mitigate",
    why: 'isolation that is lost moves the whole tail, and mitigations every system call',
  },
  governor: { level: 'refused', what: 'frequency governor and SMT', why: 'the same work takes another time' },
  clocksource: { level: 'refused', what: 'clock of the host', why: 'reading the clock is part of every sample' },
  scheduling: {
    level: 'refused',
    what: 'scheduling class that was granted',
    why: 'without SCHED_FIFO p99 is 20 to 50 times as high',
  },
  'guest-size': { level: 'refused', what: 'CPUs and memory of the guest', why: 'another guest is another machine' },
  nic: { level: 'refused', what: 'drivers and MTU along a path', why: 'the packets take another way' },
  vhost: {
    level: 'refused',
    what: 'vhost-net in use',
    why: "the packets go through the kernel or through the VMM's main loop",
  },
  'vhost-worker': {
    level: 'refused',
    what: "scheduling class and CPU of vhost's workers",
    why: 'they carry every packet: what delays them delays it',
  },
  offloads: {
    level: 'refused',
    what: 'offload switches along a path',
    why: 'checksums and segments are made elsewhere, and nothing else shows it',
  },
  window: {
    level: 'flagged',
    what: 'transactions, warm-up and group size of a block',
    why: 'the first transactions after a plug are slower, and tails need many',
  },
  state: { level: 'flagged', what: 'finished, interrupted or failed', why: 'a part of it is missing' },
  load: {
    level: 'flagged',
    what: 'load above the number of CPUs before the run',
    why: 'other work on the CPUs moves every latency of a run, though not the ratio of two paths in one rotation',
  },
  proof: {
    level: 'flagged',
    what: 'counters that show the way of the packets',
    why: 'the packets may have taken another way',
  },
  options: {
    level: 'flagged',
    what: "a path's backend, options and commands",
    why: 'the path was asked for otherwise',
  },
  kernel: { level: 'flagged', what: 'kernel of the host', why: 'the difference may be its effect' },
  kvm: {
    level: 'flagged',
    what: "KVM's vendor module, APICv or AVIC, nested, halt_poll_ns",
    why: 'they decide what an interrupt and a halt of the guest cost',
  },
  'huge-pages': {
    level: 'flagged',
    what: 'transparent huge pages',
    why: "the guest's memory may be mapped otherwise",
  },
  'rt-throttling': {
    level: 'flagged',
    what: 'CPU time that real-time tasks may take',
    why: 'the kernel stops them when it is used up',
  },
  'command-line': {
    level: 'flagged',
    what: "other words of the kernel's command line",
    why: 'the difference may be their effect',
  },
  os: { level: 'flagged', what: 'distribution', why: 'its defaults may differ' },
  [VMM_KEY]: { level: 'flagged', what: 'version, machine and CPU of the VMM', why: 'the difference may be its effect' },
  'guest-kernel': { level: 'flagged', what: 'kernel of the guest', why: 'the difference may be its effect' },
  'guest-command-line': {
    level: 'flagged',
    what: "command line of the guest's kernel",
    why: 'the difference may be its effect',
  },
  tools: { level: 'flagged', what: 'iproute2, passt, ethtool', why: 'passt is itself a path' },
  'tool-version': { level: 'flagged', what: 'version of hoplab', why: 'its prober may differ' },
  machine: {
    level: 'flagged',
    what: 'host name, memory, hypervisor, or nothing known',
    why: 'it may be another machine with the same CPU',
  },
};
