// SPDX-License-Identifier: GPL-2.0-only
/** Threads of vhost: found by name, parent and time, and by nothing else; and how a thread is scheduled, as /proc tells it. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { parseStat, readScheduling, readThreads } from '../../../src/system/threads.ts';
import { findVhostKernelThreads, isVhostName } from '../../../src/system/vhost-workers.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

interface Process {
  readonly name: string;
  readonly parent?: number;
  readonly started?: number;
  readonly scheduling?: string;
}

/** As Linux 6.1 wrote it for a vhost worker; 52 fields. */
const statOf = (pid: number, { name, parent = 2, started = 100, scheduling = '0 0' }: Process) =>
  `${pid} (${name}) S ${parent} 0 0 0 -1 2129984 0 0 0 0 0 7 0 0 20 0 1 0 ${started} 0 0 18446744073709551615 0 0 0 0 0 0 0 2147483647 0 0 0 0 17 0 ${scheduling} 0 0 0 0 0 0 0 0 0 0 0\n`;

async function procOf(context: TestContext, processes: Readonly<Record<number, Process>>): Promise<string> {
  const proc = temporaryFolder(context);
  for (const [pid, process] of Object.entries(processes)) {
    await mkdir(join(proc, pid));
    await writeFile(join(proc, pid, 'stat'), statOf(Number(pid), process));
    await writeFile(join(proc, pid, 'status'), `Name:\t${process.name}\nCpus_allowed_list:\t0-1\n`);
  }
  await mkdir(join(proc, 'self'));
  return proc;
}

const KTHREADD: Process = { name: 'kthreadd', parent: 0, started: 1 };
const OWNER: Process = { name: 'qemu-system-x86', parent: 700, started: 5000 };

describe("a process's threads of vhost", () => {
  it('are the kernel threads with its number in their names that began after it', async (context) => {
    const proc = await procOf(context, {
      2: KTHREADD,
      800: OWNER,
      801: { name: 'vhost-800', started: 5010 },
      802: { name: 'vhost-800', started: 5000 },
      // Of another process; of one that had the number before; no kernel thread at all.
      803: { name: 'vhost-80', started: 5010 },
      804: { name: 'vhost-800', started: 4999 },
      805: { name: 'vhost-800', parent: 800, started: 5010 },
      806: { name: 'vhost-8001', started: 5010 },
    });
    assert.deepEqual(await findVhostKernelThreads(800, proc), [
      { tid: 801, name: 'vhost-800' },
      { tid: 802, name: 'vhost-800' },
    ]);
    assert.deepEqual(await findVhostKernelThreads(80, proc), [], 'a process that is not there');
  });

  it('are none where the numbers are not those of the machine', async (context) => {
    const proc = await procOf(context, {
      2: { name: 'sh', parent: 1, started: 1 },
      800: OWNER,
      801: { name: 'vhost-800', started: 5010 },
    });
    assert.deepEqual(await findVhostKernelThreads(800, proc), []);
  });

  it('bear a name that no other has', () => {
    assert.ok(isVhostName('vhost-1234'));
    for (const name of ['vhost', 'vhost-', 'vhost-12x', 'CPU 0/KVM', 'kvm-nx-lpage-re']) assert.ok(!isVhostName(name));
  });
});

describe('a thread', () => {
  it('has the class, priority and CPUs that /proc tells', async (context) => {
    const proc = await procOf(context, {
      7: { name: 'a (b) c', scheduling: '11 1' },
      8: { name: 'vhost-7', scheduling: '0 0' },
      9: { name: 'odd', scheduling: '3 9' },
    });
    assert.deepEqual(await readScheduling(7, proc), { scheduling: 'fifo:11', cpus: '0-1' });
    assert.deepEqual(await readScheduling(8, proc), { scheduling: 'other', cpus: '0-1' });
    assert.deepEqual(await readScheduling(9, proc), { scheduling: 'class 9:3', cpus: '0-1' });
    assert.equal(await readScheduling(10, proc), null);
    assert.deepEqual(parseStat(statOf(7, { name: 'a (b) c', parent: 3, started: 42, scheduling: '11 1' })), {
      ...{ name: 'a (b) c', parent: 3, startTicks: 42, policy: 1, priority: 11 },
    });
  });

  it('of this very process is listed by name', { skip: process.platform !== 'linux' && 'needs Linux' }, async () => {
    const threads = await readThreads(process.pid);
    const first = threads.find(({ pid }) => pid === process.pid);
    assert.ok(first !== undefined && first.name !== '');
    assert.notEqual(await readScheduling(process.pid), null);
  });
});
