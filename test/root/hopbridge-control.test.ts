// SPDX-License-Identifier: GPL-2.0-only
/** The eBPF bridge takes its plan by words, and its commands by a socket. */
// @first 2
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../../src/system/exec.ts';
import { nativeBinary } from '../../src/system/paths.ts';
import { type Service, startService } from '../../src/system/service.ts';
import { needs } from '../support/needs.ts';
import { Rig } from './hopbridge-rig.ts';

const A = '02:00:00:00:00:0a';
const DEADLINE_MS = 60_000;
const signal = AbortSignal.timeout(600_000);

describe('the control socket of the bridge', { skip: needs('root', 'linux') }, () => {
  let rig: Rig;
  let socket: string;
  const lines = (...more: string[]) => ['port t0', 'port t1', `socket ${socket}`, ...more];
  const words = (plan: readonly string[]) => plan.flatMap((line) => ['--line', line]);
  const argvOf = (plan: readonly string[]) => [
    'ip',
    'netns',
    'exec',
    rig.netns,
    nativeBinary('bridge'),
    ...words(plan),
  ];
  const start = (plan: readonly string[]) =>
    startService(argvOf(plan), {
      name: 'hoplab-bridge',
      signal,
      logFile: null,
      ready: (line) => line.startsWith('ready '),
    });
  const ask = async (...command: string[]) => {
    const { code, stdout } = await run([nativeBinary('bridge'), 'ask', socket, ...command], {
      signal,
      allowFailure: true,
    });
    return { code, reply: JSON.parse(stdout) as Record<string, unknown> };
  };
  const gone = async (service: Service) =>
    assert.deepEqual(
      await Promise.race([service.exited, delay(DEADLINE_MS, 'still there', { ref: false })]),
      { code: 0, signal: null },
      service.lastLines(3).join('\n'),
    );

  before(async () => {
    rig = await Rig.open({ taps: 2, veths: 0 }, signal);
    socket = `${rig.folder}/control`;
  });
  after(async () => rig?.[Symbol.asyncDispose]());

  it('starts by words alone, answers what stdin answers, and ends with its owner', async () => {
    await using bridge = await start(lines());
    assert.equal(rig.portNames(await ask('stats')), 't0 t1');
    assert.deepEqual(await ask('fdb', 'add', A, 'dev', 't1'), { code: 0, reply: { added: 1 } });
    assert.deepEqual((await ask('fdb')).reply.fdb, [{ mac: A, vlan: 0, port: 't1', static: true }]);
    bridge.stdin.write('fdb del 02:00:00:00:00:0a\n');
    for (const until = Date.now() + DEADLINE_MS; Date.now() < until && !bridge.output().includes('deleted'); )
      await delay(5);
    assert.match(bridge.output().toString(), /^ready .*\n\{"deleted":1\}\n$/);
    bridge.stdin.end();
    await gone(bridge);
    assert.equal(existsSync(socket), false);
  });

  it('is not ended by a line of its owner that is none', async () => {
    await using bridge = await start(lines());
    bridge.stdin.write(`${'x'.repeat(100_000)}\nst\0ats\nstop\n`);
    await gone(bridge);
    const [, ...answers] = bridge.output().toString().trimEnd().split('\n');
    assert.match(answers[0] ?? '', /^\{"error":"a line is no text, or longer/);
    assert.equal(answers.at(-1), '{"stopping":true}');
  });

  it('says by its status that a command failed', async () => {
    await using _bridge = await start(lines());
    for (const command of [['fdb', 'add', 'nonsense', 'dev', 't1'], ['frobnicate'], Array(20).fill('x'), ['frames']]) {
      const { code, reply } = await ask(...command);
      assert.equal(code, 1);
      assert.equal(typeof reply.error, 'string');
    }
    const { code, stderr } = await run([nativeBinary('bridge'), 'ask', `${socket}-not`, 'stats'], {
      signal,
      allowFailure: true,
    });
    assert.equal(code, 1);
    assert.match(stderr, /connect to .*-not: No such file/);
  });

  it('serves many clients, also beside one that is silent and one that sends no line', async () => {
    await using _bridge = await start(lines());
    const idle = connect(socket);
    const endless = connect(socket);
    const ended = new Promise((resolve) => endless.once('close', resolve));
    for (const one of [idle, endless]) one.on('error', () => undefined);
    endless.write(Buffer.alloc(200_000, 'x'));
    const replies = await Promise.all(Array.from({ length: 30 }, () => ask('stats')));
    for (const reply of replies) assert.equal(rig.portNames(reply), 't0 t1');
    await ended;
    idle.destroy();
  });

  it('lives on after EOF on stdin when it is detached, until it is told to stop', async () => {
    await using bridge = await start(lines('detached on'));
    bridge.stdin.end();
    await delay(100);
    assert.equal(rig.portNames(await ask('stats')), 't0 t1');
    assert.deepEqual(await ask('stop'), { code: 0, reply: { stopping: true } });
    await gone(bridge);
    assert.equal(existsSync(socket), false);
  });

  it('ends at SIGTERM and takes its socket along', async () => {
    await using bridge = await start(lines('detached on'));
    process.kill(bridge.pid, 'SIGTERM');
    await gone(bridge);
    assert.equal(existsSync(socket), false);
  });

  it('takes over the socket of one that was killed, and not that of one that lives', async () => {
    const first = await start(lines());
    const second = await run(argvOf(['port t0', 'port t1', `socket ${socket}`]), { signal, allowFailure: true });
    assert.equal(second.code, 1);
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    assert.equal(existsSync(socket), true);
    await using third = await start(lines());
    const { stdout } = await run(
      [nativeBinary('bridge'), ...words(['port lo force', 'port lo2', `socket ${socket}`])],
      {
        signal,
        allowFailure: true,
      },
    );
    assert.match(stdout, /^refused /);
    assert.equal(rig.portNames(await ask('stats')), 't0 t1');
    await third.stop();
  });

  it('refuses what it cannot hold to', async () => {
    for (const [plan, reason] of [
      [['port t0', 'port t1', 'detached on'], 'plan'],
      [['port t0', 'port t1', 'socket /no/such/folder/socket'], 'socket'],
      [['port t0', 'port t1', `socket /${'x'.repeat(120)}`], 'plan'],
      [['port t0', 'port t1', 'watch perhaps'], 'plan'],
    ] as const) {
      const { code, stdout } = await run(argvOf(plan), { signal, allowFailure: true });
      assert.equal(code, 1);
      assert.equal(JSON.parse(stdout.slice('refused '.length)).reason, reason, stdout);
    }
  });
});
