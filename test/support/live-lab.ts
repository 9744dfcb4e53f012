// SPDX-License-Identifier: GPL-2.0-only
/** Looks into the lab of a run that is under way, and at what a run has left behind. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findLabs, JOURNAL_ROOT } from '../../src/system/journal.ts';
import { nativeBinary } from '../../src/system/paths.ts';
import { MARK_VARIABLE } from './hoplab.ts';
import type { OwnPlace } from './own-place.ts';
import { startWatch } from './unstalled.ts';

const exec = promisify(execFile);

export interface SeenProcess {
  readonly pid: number;
  readonly command: string;
}

/** All processes whose environment holds the mark of a hoplab that was started by `startHoplab`. */
export function processesMarked(mark: string): SeenProcess[] {
  return allProcesses().filter(({ pid }) => readText(`/proc/${pid}/environ`).includes(`${MARK_VARIABLE}=${mark}`));
}

/** The processes of a killed lab end as soon as they get a CPU: milliseconds, and this at most. */
const GONE_MS = 1000;

/** Waits until nothing marked is left; fails with what is. */
export async function assertAllGone(mark: string, withinMs: number = GONE_MS): Promise<void> {
  const passed = startWatch();
  let left = processesMarked(mark);
  while (left.length > 0 && passed() < withinMs) {
    await delay(20);
    left = processesMarked(mark);
  }
  assert.deepEqual(left, [], `processes left after ${withinMs} ms`);
}

/** On the busiest machine a lab, or a process of it, is there by then. */
const THERE_MS = 120_000;

/** The one lab whose journal names this owner, in the place where that runs. */
export async function labOf(
  owner: number,
  { place = null }: { readonly place?: OwnPlace | null } = {},
): Promise<LiveLab> {
  const journals = journalsOf(place);
  const deadline = performance.now() + THERE_MS;
  for (;;) {
    const found = (await findLabs(journals)).find((lab) => lab.owner?.pid === owner && lab.holderAlive);
    if (found?.holder) return new LiveLab(found.id, found.holder.pid);
    if (performance.now() > deadline) throw new Error(`no lab of process ${owner} in ${journals}`);
    await delay(10);
  }
}

export class LiveLab {
  readonly id: string;
  readonly holder: number;

  constructor(id: string, holder: number) {
    this.id = id;
    this.holder = holder;
  }

  /** The processes in the lab's pid namespace whose command line matches. */
  processes(pattern: RegExp): SeenProcess[] {
    const ours = pidNamespace(this.holder);
    return allProcesses().filter(({ pid, command }) => pattern.test(command) && pidNamespace(pid) === ours);
  }

  /** The one process that matches, as soon as it is there. */
  async process(pattern: RegExp): Promise<SeenProcess> {
    const deadline = performance.now() + THERE_MS;
    for (;;) {
      const [found] = this.processes(pattern);
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Error(`no process ${pattern} in lab ${this.id}`);
      await delay(5);
    }
  }

  /** Runs a command in one of the lab's hosts, or in the lab's own namespace; its stdout. */
  async run(argv: readonly string[], host?: 'host1' | 'host2'): Promise<string> {
    const at = host === undefined ? [] : ['--netns', host];
    const words = ['enter', '--lab', String(this.holder), ...at, '--', ...argv];
    return (await exec(nativeBinary('launch'), words, { timeout: THERE_MS })).stdout;
  }
}

/** Nothing of the runs in this folder is left on the machine, or in the place where they ran: no journal, namespace, link. */
export async function assertMachineClean(runs: string, place: OwnPlace | null = null): Promise<void> {
  const journals = journalsOf(place);
  for (const id of readdirSync(runs)) assert.equal(existsSync(join(journals, id)), false, `journal of ${id}`);
  const ip = async (...words: string[]) => {
    const [program = '', ...rest] = [...(place?.through ?? []), 'ip', ...words];
    return (await exec(program, rest)).stdout;
  };
  assert.doesNotMatch(await ip('netns', 'list'), /^host[12]\b/m);
  assert.doesNotMatch(await ip('-br', 'link'), /^(?:[wbt]|mv)-/m);
}

function journalsOf(place: OwnPlace | null): string {
  return join(place?.root ?? '/', JOURNAL_ROOT);
}

/** Threads are not listed; kernel threads have no command line and are left out. */
function allProcesses(): SeenProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({
      pid: Number(name),
      command: readText(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim(),
    }))
    .filter(({ command }) => command !== '');
}

function pidNamespace(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return null; // ended between the listing and the look
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
