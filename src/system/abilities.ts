// SPDX-License-Identifier: GPL-2.0-only
/** What this machine can do for measuring besides running backends: scheduling, vhost, room. Only looks. */

import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { MachineFacts } from '../model/plan.ts';
import { governorCure, toolCure } from './cures.ts';
import { run } from './exec.ts';
import { findTool } from './find-tool.ts';
import { readHypervisor } from './hypervisor.ts';
import { lookAtVhostNet, VHOST_NET } from './vhost-net.ts';

/** yes and no are findings; open means that this user or this moment cannot tell. */
export type AbilityState = 'yes' | 'no' | 'open';

export interface Ability {
  readonly name: string;
  readonly state: AbilityState;
  readonly found: string;
  /** What would change it; empty where nothing needs to be changed or could be. */
  readonly hint: string;
}

/** A guest of 512 MiB, its VMM's own and Node's. */
const WANTED_MEMORY_MIB = 900;
/** A thorough run keeps about 20 MB of samples. */
const WANTED_DISK_MIB = 200;

export interface AbilityOptions {
  readonly facts: MachineFacts;
  readonly runsRoot: string;
  readonly signal: AbortSignal;
}

export async function readAbilities({ facts, runsRoot, signal }: AbilityOptions): Promise<Ability[]> {
  return Promise.all([
    realTime(signal),
    Promise.resolve(isolation(facts)),
    bareMetal(),
    governor(),
    vhostNet(),
    memory(),
    disk(runsRoot),
  ]);
}

async function realTime(signal: AbortSignal): Promise<Ability> {
  const name = 'SCHED_FIFO';
  const chrt = await findTool('chrt');
  if (chrt === null) return { name, state: 'open', found: 'not tried: no chrt', hint: await toolCure('util-linux') };
  const { code, stderr } = await run([chrt, '--fifo', '1', 'true'], { signal, allowFailure: true, timeoutMs: 5000 });
  if (code !== 0) {
    const root = process.getuid?.() === 0;
    const hint = root ? 'give this container CAP_SYS_NICE, or ulimit -r 99' : 'run as root';
    return { name, state: 'no', found: `refused: ${stderr.trim().split('\n')[0] ?? ''}`, hint };
  }
  const budget = (await readText('/proc/sys/kernel/sched_rt_runtime_us')).trim();
  const throttled =
    budget === '' || budget === '-1' ? '' : `, at most ${budget} us of each 1000000 (sched_rt_runtime_us)`;
  return { name, state: 'yes', found: `granted${throttled}`, hint: '' };
}

function isolation({ isolatedCpus, cpus }: MachineFacts): Ability {
  const name = 'isolated CPUs';
  if (isolatedCpus.length >= 2) return { name, state: 'yes', found: isolatedCpus.join(', '), hint: '' };
  const few = cpus.length < 4;
  return {
    name,
    state: 'no',
    found: isolatedCpus.length === 0 ? `none of ${cpus.length}` : `only ${isolatedCpus.join(', ')}`,
    hint: few ? '' : `boot with isolcpus=${cpus.slice(-2).join(',')} for quieter tails`,
  };
}

async function bareMetal(): Promise<Ability> {
  const name = 'bare metal';
  const found = await readHypervisor();
  if (found === null) return { name, state: 'open', found: 'this machine does not tell', hint: '' };
  if (found === 'none') return { name, state: 'yes', found: 'no hypervisor is seen', hint: '' };
  return {
    name,
    state: 'no',
    found: `this machine is itself a virtual machine (${found})`,
    hint: 'figures of guests in it do not hold for bare metal',
  };
}

async function governor(): Promise<Ability> {
  const name = 'CPU governor';
  const found = (await readText('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor')).trim();
  if (found === '') return { name, state: 'open', found: 'this machine does not tell (often so in a VM)', hint: '' };
  if (found === 'performance') return { name, state: 'yes', found, hint: '' };
  return { name, state: 'no', found, hint: await governorCure() };
}

async function vhostNet(): Promise<Ability> {
  const name = 'vhost-net';
  const found = await lookAtVhostNet();
  switch (found.kind) {
    case 'there':
      return { name, state: 'yes', found: `${VHOST_NET} opens`, hint: '' };
    case 'untold':
      return { name, state: 'open', found: `${VHOST_NET} is there; only root may open it`, hint: 'run as root' };
    case 'absent':
      return {
        name,
        state: 'no',
        found: `this machine ${found.why}: tap and macvtap pass through the VMM`,
        hint: found.cure,
      };
    default:
      return found satisfies never;
  }
}

async function memory(): Promise<Ability> {
  const name = 'memory';
  const kib = Number(/^MemAvailable:\s+(\d+)/m.exec(await readText('/proc/meminfo'))?.[1] ?? Number.NaN);
  if (Number.isNaN(kib)) return { name, state: 'open', found: 'this machine does not tell', hint: '' };
  const free = Math.floor(kib / 1024);
  const enough = free >= WANTED_MEMORY_MIB;
  const found = `${free} MiB available, ${availableParallelism()} CPUs`;
  return {
    name,
    state: enough ? 'yes' : 'no',
    found,
    hint: enough ? '' : `free ${WANTED_MEMORY_MIB} MiB, or give the guest less`,
  };
}

async function disk(root: string): Promise<Ability> {
  const name = 'disk for runs';
  let folder = resolve(root);
  for (;;) {
    const info = await statfs(folder).catch(() => null);
    if (info !== null) {
      const free = Math.floor((info.bavail * info.bsize) / 2 ** 20);
      const enough = free >= WANTED_DISK_MIB;
      return {
        name,
        state: enough ? 'yes' : 'no',
        found: `${free} MiB free at ${folder}`,
        hint: enough ? '' : 'HOPLAB_RUNS=ANOTHER_FOLDER',
      };
    }
    const up = dirname(folder);
    if (up === folder) return { name, state: 'open', found: `no room could be told for ${root}`, hint: '' };
    folder = up;
  }
}

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
