// SPDX-License-Identifier: GPL-2.0-only
/** What every machine owes the lab, as tests of one of them: a kind of the array, the test's own kind, or a guest. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { rateSurelyOff } from '../../src/machines/clock-rate.ts';
import type { Machine, MachineKind, ServiceOrder } from '../../src/machines/machine.ts';
import { readClock } from '../../src/machines/machine-clock.ts';
import { HOST1, type Place, type Where, wholeMachine } from '../../src/model/place.ts';
import { identify, isAlive } from '../../src/system/process-identity.ts';

const signal = AbortSignal.timeout(300_000);

interface MachineUnderTest extends AsyncDisposable {
  readonly machine: Machine;
  /** One of its places. */
  readonly on: Place;
  /** A folder of its own, where a file may be put. */
  readonly folder: string;
}

const SHELL = ['sh', '-c'];
/** Reads orders to its end, then says what they were. */
const ECHO = 'echo ready to serve; cat; echo bye; echo complaint >&2; exit 7';

export function machineContract(open: () => Promise<MachineUnderTest>): void {
  const using = async (work: (under: MachineUnderTest) => Promise<void>) => {
    await using under = await open();
    await work(under);
  };
  const order = (under: MachineUnderTest, script: string, more: Partial<ServiceOrder> = {}): ServiceOrder => ({
    ...{ name: 'service', argv: [...SHELL, script], on: under.on, signal, ready: { kind: 'line' } },
    ...more,
  });

  describe('a command', () => {
    it('gives its output, at a place and on the machine as a whole', () =>
      using(async ({ machine, on }) => {
        for (const at of [on, wholeMachine(on)])
          assert.equal(
            await machine.run([...SHELL, 'echo "$1"', 'sh', 'two  words'], { on: at, signal }),
            'two  words\n',
          );
      }));

    it('that fails throws with the command, its status and what it said', () =>
      using(async ({ machine, on }) => {
        await assert.rejects(machine.run([...SHELL, 'echo no such thing >&2; exit 3'], { on, signal }), {
          code: 'COMMAND_FAILED',
          message: /sh -c .*status 3: no such thing/s,
        });
      }));

    it('that does not end is ended at its deadline', () =>
      using(async ({ machine, on }) => {
        const started = performance.now();
        await assert.rejects(machine.run(['sleep', '100'], { on, signal, timeoutMs: 200 }), {
          code: 'COMMAND_TIMEOUT',
          message: /did not end within 200 ms/,
        });
        assert.ok(performance.now() - started < 60_000);
      }));

    it('is ended when the work is interrupted', () =>
      using(async ({ machine, on }) => {
        const stop = new AbortController();
        const running = machine.run(['sleep', '100'], { on, signal: stop.signal });
        stop.abort(new Error('interrupted'));
        await assert.rejects(running, /interrupted/);
      }));
  });

  describe('a service', () => {
    it('is ready with its line, takes orders on stdin, and ends at the end of it with all that it said', () =>
      using(async (under) => {
        await using running = await under.machine.start(order(under, ECHO, { input: 'one\n' }));
        assert.equal(running.ready, 'ready to serve');
        assert.ok((await running.pid()) > 0);
        await running.write('two\n', signal);
        const { code, output, said, late } = await running.end({ signal, timeoutMs: 60_000 });
        assert.equal(code, 7);
        assert.equal(output.toString(), 'ready to serve\none\ntwo\nbye\n');
        assert.match(said, /complaint/);
        assert.equal(late, false);
      }));

    it('that ends before it is ready throws with what it said', () =>
      using(async (under) => {
        await assert.rejects(under.machine.start(order(under, 'echo cannot do that >&2; exit 2')), {
          code: 'SERVICE_FAILED',
          message: /start service: .*cannot do that/,
        });
      }));

    it('that does not end in time is ended, and said to be late', () =>
      using(async (under) => {
        await using running = await under.machine.start(order(under, 'echo ready; exec sleep 100'));
        const { late, code } = await running.end({ signal, timeoutMs: 200 });
        assert.equal(late, true);
        assert.equal(code, null);
      }));

    it('ends when it is disposed, and its name is free again', () =>
      using(async (under) => {
        for (let i = 0; i < 2; i++) {
          const running = await under.machine.start(order(under, 'echo ready; exec sleep 100'));
          await running[Symbol.asyncDispose]();
        }
      }));
  });

  it('gives back the bytes of a file that was put there', () =>
    using(async ({ machine, folder }) => {
      const bytes = Buffer.from([0, 10, 13, 27, 128, 255]);
      await machine.put(`${folder}/bytes`, bytes, { signal });
      assert.deepEqual(await machine.get(`${folder}/bytes`, { signal }), bytes);
      await assert.rejects(machine.get(`${folder}/nosuch`, { signal }));
    }));

  it('tells its kernel, its CPUs and its architecture', () =>
    using(async ({ machine }) => {
      const { kernel, arch, cpus } = await machine.facts(signal);
      assert.match(kernel, /^\d+\.\d+/);
      assert.match(arch, /^(x86_64|aarch64)$/);
      assert.ok(cpus.length > 0 && cpus.every(Number.isInteger));
    }));

  it('has a clock that runs forwards, between two readings of ours, at our rate', () =>
    using(async ({ machine }) => {
      const first = await readClock(machine, signal);
      await delay(100);
      const second = await readClock(machine, signal);
      assert.ok(first.beforeNs <= first.afterNs && first.afterNs <= second.beforeNs);
      assert.ok(second.thereNs - first.thereNs > 50_000_000n);
      assert.equal(rateSurelyOff([first, second]), null);
    }));

  it('names the network namespace that a command at a place is in', () =>
    using(async ({ machine, on }) => {
      const inode = (path: string, at: Where) => machine.run(['stat', '-L', '-c', '%i', path], { on: at, signal });
      assert.equal(await inode(machine.netns(on), wholeMachine(on)), await inode('/proc/self/ns/net', on));
    }));

  it('knows where our tools lie', () =>
    using(async ({ machine, on }) => {
      const running = await machine.start({ name: 'tool', argv: [machine.tool('prober'), 'nosuch'], on, signal });
      const { code, said } = await running.end({ signal, timeoutMs: 60_000 });
      assert.notEqual(code, 0);
      assert.match(said, /prober|usage|nosuch/i);
    }));
}

export interface KindUnderTest {
  readonly kind: MachineKind;
  /** A folder of the machine's own, and the same as a process at a place names it. */
  readonly folder: string;
  readonly seenFolder: string;
  /** What a lab file tells it; default nothing. */
  readonly options?: () => Readonly<Record<string, unknown>>;
}

/** What a kind owes beside: its places come to be, sockets are waited for, and nothing is left when a machine is closed. */
export function kindContract({ kind, folder, seenFolder, options = () => ({}) }: KindUnderTest): void {
  let opened = 0;
  const open = async () => {
    const logs = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    const id = `contract-${process.pid}-${opened++}`;
    const machine = await kind.open({
      id,
      signal,
      options: kind.options.parse(options()),
      logPath: (name) => join(logs, `${name}.log`),
    });
    for (const { on, do: argv } of kind.place(HOST1)) await machine.run(argv, { on, signal });
    const close = async () => {
      await machine[Symbol.asyncDispose]();
      await rm(logs, { recursive: true });
    };
    return { machine, on: HOST1, folder, logs, [Symbol.asyncDispose]: close };
  };

  // Opening takes seconds where it is far away: what does not close it shares one.
  let shared: ReturnType<typeof open> | null = null;
  const share = async () => {
    shared ??= open();
    return { ...(await shared), [Symbol.asyncDispose]: async () => undefined };
  };
  after(async () => (await shared)?.[Symbol.asyncDispose]());

  machineContract(share);

  const listening = (path: string) => [
    ...[process.execPath, '-e', "require('node:net').createServer().listen(process.argv[1])"],
    `${seenFolder}/${path}`,
  ];

  it('waits for the socket of a service, and keeps its log', async () => {
    await using under = await share();
    const ready = { kind: 'socket', path: `${folder}/contract.sock` } as const;
    const order = { name: 'listener', argv: listening('contract.sock'), on: HOST1, ready, signal };
    await using running = await under.machine.start(order);
    assert.ok((await running.pid()) > 0);
    assert.ok(existsSync(join(under.logs, 'listener.log')));
  });

  it('gives up on a service that makes no socket, or ends before', async () => {
    await using under = await share();
    const ready = { kind: 'socket', path: `${folder}/never.sock` } as const;
    const start = (name: string, argv: readonly string[]) =>
      under.machine.start({ name, argv, on: HOST1, ready, signal });
    await assert.rejects(start('idle', ['sleep', '100']), {
      code: 'SERVICE_FAILED',
      message: /start idle: no socket .*never\.sock after \d+ ms/,
    });
    await assert.rejects(start('gone', ['sh', '-c', 'echo broken >&2; exit 1']), {
      code: 'SERVICE_FAILED',
      message: /start gone: it ended; last output: .*broken/,
    });
  });

  it('leaves no process behind when it is closed', async () => {
    const under = await open();
    const script = 'trap "" TERM; echo ready; while :; do sleep 1; done';
    const order = { name: 'stubborn', argv: ['sh', '-c', script], on: HOST1, ready: { kind: 'line' }, signal } as const;
    const running = await under.machine.start(order);
    const identity = await identify(await running.pid());
    assert.ok(identity !== null);
    await under[Symbol.asyncDispose]();
    assert.equal(await isAlive(identity), false);
    await running.exited;
  });

  it('undoes a place', async () => {
    await using under = await open();
    for (const { on, undo } of kind.place(HOST1).toReversed())
      if (undo !== null) await under.machine.run(undo, { on, signal });
    await assert.rejects(under.machine.run(['true'], { on: HOST1, signal }));
  });
}
