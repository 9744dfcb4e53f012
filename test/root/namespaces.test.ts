// SPDX-License-Identifier: GPL-2.0-only
/** The lab's namespaces end with hoplab, however hoplab ends. */
// @alone
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/system/exec.ts';
import { collectGarbage } from '../../src/system/gc.ts';
import { findLabs, Journal } from '../../src/system/journal.ts';
import { takeMeasuringLock } from '../../src/system/measuring-lock.ts';
import { LabNamespaces } from '../../src/system/namespaces.ts';
import { identify, isAlive } from '../../src/system/process-identity.ts';
import { needs } from '../support/needs.ts';
import { startWatch } from '../support/unstalled.ts';

const signal = AbortSignal.timeout(600_000);
const OWNER = fileURLToPath(new URL('../fixtures/lab-owner.js', import.meta.url));

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
});
after(() => rm(root, { recursive: true, force: true }));

describe("the lab's namespaces", { skip: needs('root', 'linux') }, () => {
  it('have their own processes, mounts and network', async () => {
    const journal = await Journal.create('own', root);
    await using namespaces = await LabNamespaces.open({ signal, journal });
    const { stdout } = await namespaces.run(['sh', '-c', 'ls /proc | grep -c "^[0-9]"; ls /run; ip -br link'], {
      signal,
    });
    assert.match(stdout, /^[1-9]\n/);
    assert.match(stdout, /^lab\nnetns\nlo /m);
    assert.equal(existsSync('/run/lab'), false);
    await journal.remove();
  });

  it('end every process inside when they are closed, those that ignore SIGTERM too', async () => {
    const journal = await Journal.create('closed', root);
    const namespaces = await LabNamespaces.open({ signal, journal });
    const service = await namespaces.start(['sh', '-c', 'trap "" TERM; echo ready; while :; do sleep 1; done'], {
      name: 'stubborn',
      signal,
      logFile: null,
      ready: (line) => line === 'ready',
    });
    const passed = startWatch();
    await namespaces[Symbol.asyncDispose]();
    assert.equal((await service.exited).signal, 'SIGKILL');
    assert.ok(passed() < 2000);
    await journal.remove();
  });

  it('run a command in a named network namespace, on a CPU, with a file open', async () => {
    const journal = await Journal.create('inside', root);
    await using namespaces = await LabNamespaces.open({ signal, journal });
    await namespaces.run(['ip', 'netns', 'add', 'host1'], { signal });
    const { stdout } = await namespaces.run(
      ['sh', '-c', 'readlink /proc/self/fd/100; grep Cpus_allowed_list /proc/self/status; cat /sys/class/net/lo/flags'],
      { signal },
      { netns: 'host1', cpu: 0, openFiles: [{ fd: 100, path: '/dev/null' }] },
    );
    assert.match(stdout, /^\/dev\/null\nCpus_allowed_list:\t0\n/);
    await assert.rejects(namespaces.run(['true'], { signal }, { netns: 'nosuch' }), {
      code: 'COMMAND_FAILED',
      message: /open network namespace nosuch: No such file or directory/,
    });
    await journal.remove();
  });

  it('give no real-time priority to a process that nothing bounds', async () => {
    const journal = await Journal.create('unbound', root);
    await using namespaces = await LabNamespaces.open({ signal, journal });
    const [launcher = '', ...rest] = namespaces.enter(['true']);
    const { code, stderr } = await run([launcher, ...rest.toSpliced(-2, 0, '--fifo', '1')], {
      signal,
      allowFailure: true,
    });
    assert.equal(code, 125);
    assert.match(stderr, /^usage: .*\[--awake MS\]/s);
    await journal.remove();
  });
});

/** Computes without a sleep until it is ended. */
const SPIN = 'echo ready; while :; do :; done';
const AWAKE_MS = 600;

describe('a process that computes under real-time priority without a sleep', { skip: needs('root', 'linux') }, () => {
  it('is ended by the kernel on all CPUs at once, with the reason, and the machine answers meanwhile', async () => {
    const journal = await Journal.create('spin', root);
    await using namespaces = await LabNamespaces.open({ signal, journal });
    const answers = watchAnswers();
    const services = await Promise.all(
      Array.from({ length: availableParallelism() }, (_, cpu) =>
        namespaces.start(
          ['sh', '-c', SPIN],
          { name: `spinner ${cpu}`, signal, logFile: null },
          { cpu, realTime: { priority: 10, awakeMs: AWAKE_MS } },
        ),
      ),
    );
    const started = performance.now();
    for (const service of services) {
      assert.equal((await service.exited).signal, 'SIGXCPU');
      assert.match(
        service.overran ?? '',
        /^ended by the kernel, so that it cannot hold the machine: it computed under real-time priority for 600 ms/,
      );
    }
    const tookMs = performance.now() - started;
    const silentMs = answers.stop();
    assert.ok(tookMs < AWAKE_MS + 5000, `ended after ${tookMs} ms`);
    // The bound of one spinner after the other, as they end at different times.
    assert.ok(silentMs < 2 * AWAKE_MS + 3000, `this process had no turn for ${silentMs} ms`);
    await journal.remove();
  });

  it('is not ended while it sleeps now and then, nor without that priority', async () => {
    const journal = await Journal.create('sleeper', root);
    await using namespaces = await LabNamespaces.open({ signal, journal });
    const busy = (rounds: number, pause: string) =>
      `i=0; while [ $i -lt ${rounds} ]; do i=$((i + 1)); j=0; while [ $j -lt 20000 ]; do j=$((j + 1)); done; ${pause}; done`;
    const inside = (priority: number) => ({ cpu: 0, realTime: { priority, awakeMs: 200 } });
    await namespaces.run(['sh', '-c', busy(30, 'sleep 0.01')], { signal }, inside(10));
    await namespaces.run(['sh', '-c', busy(30, ':')], { signal }, inside(0));
    const spun = await namespaces.run(['sh', '-c', busy(300, ':')], { signal, allowFailure: true }, inside(10));
    assert.equal(spun.signal, 'SIGXCPU');
    assert.match(spun.stderr, /hoplab-launch: ended by the kernel/);
    await journal.remove();
  });
});

/** How long this process has no turn at most, from now until it is asked. */
function watchAnswers(): { stop(): number } {
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 20);
  return {
    stop: () => {
      clearInterval(timer);
      return longest;
    },
  };
}

describe('the death of an owner by SIGKILL', { skip: needs('root', 'linux') }, () => {
  /** A process of its own that opens a lab with a long-running process inside, and prints the lab's pids. */
  async function startOwner(name: string) {
    const child = spawn(process.execPath, [OWNER, root, name], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { holder, inside } = JSON.parse(line.toString()) as { holder: number; inside: number };
    return { child, holder, inside };
  }

  it('ends the lab within 2 s, and gc then removes its journal and says so', async () => {
    const { child, holder, inside } = await startOwner('killed');
    const identities = await Promise.all([identify(holder), identify(inside)]);
    assert.ok(identities[0] !== null && identities[1] !== null);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const passed = startWatch();
    for (const identity of identities) {
      assert.ok(identity !== null);
      while (await isAlive(identity)) {
        assert.ok(passed() < 2000, 'still alive after 2 s');
        await delay(5);
      }
    }
    const collected = await collectGarbage(root);
    assert.deepEqual(
      collected.map(({ kind, name }) => [kind, name]),
      [['lab', 'killed']],
    );
    assert.match(collected[0]?.done.join() ?? '', /removed .*killed/);
    assert.deepEqual(await findLabs(root), []);
  });

  it('leaves live labs to their owners', async () => {
    const { child } = await startOwner('alive');
    assert.deepEqual(await collectGarbage(root), []);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal((await collectGarbage(root)).length, 1);
  });
});

describe('the lock of measuring runs', () => {
  it('names who has it, and is free again when it is given back', async () => {
    const address = `\0hoplab-test-${process.pid}`;
    const lock = await takeMeasuringLock(address);
    await assert.rejects(takeMeasuringLock(address), {
      code: 'MEASURING_BUSY',
      message: new RegExp(`pid ${process.pid}`),
    });
    await lock[Symbol.asyncDispose]();
    await (await takeMeasuringLock(address))[Symbol.asyncDispose]();
  });
});
