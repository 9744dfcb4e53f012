/** The eBPF bridge takes its plan by words, its commands by a socket, and says which frames passed. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../../src/system/exec.ts';
import { nativeBinary } from '../../src/system/paths.ts';
import { type Service, startService } from '../../src/system/service.ts';
import { needs } from '../support/needs.ts';
import { buildSegment, ethernet, rightChecksum, withChecksum } from './hopbridge-frames.ts';
import { Rig } from './hopbridge-rig.ts';

const ALL = 'ff:ff:ff:ff:ff:ff';
const A = '02:00:00:00:00:0a';
const B = '02:00:00:00:00:0b';
const DEADLINE_MS = 5000;
const signal = AbortSignal.timeout(120_000);

interface SeenFrame {
  readonly time_ns: string;
  readonly monotonic_ns: string;
  readonly port: string;
  readonly way: string;
  readonly skb: boolean;
  readonly gso_size: number;
  readonly length: number;
  readonly hex: string;
}
interface SeenFrames {
  readonly frames: readonly SeenFrame[];
  readonly lost: number;
}

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

for (const mode of ['native', 'generic', 'tc'] as const) {
  describe(`frames that the bridge in mode ${mode} is told to watch`, { skip: needs('root', 'linux') }, () => {
    let rig: Rig;
    const plan = (...more: string[]) => ['t0', 't1', 'v0'].map((name) => `port ${name} mode=${mode}`).concat(more);
    const frames = async () => (await rig.command('frames')) as SeenFrames;
    const ways = (seen: SeenFrames) => seen.frames.map(({ port, way }) => `${port} ${way}`);

    before(async () => {
      rig = await Rig.open({ taps: 2, veths: 1 }, signal);
    });
    beforeEach(async () => rig.bridge(...plan('watch on')));
    after(async () => rig?.[Symbol.asyncDispose]());

    it('are told where they came in and where they went, with their time and bytes', async () => {
      const before = BigInt(Date.now()) * 1_000_000n;
      const flooded = ethernet(ALL, A);
      await rig.exchange(0, flooded);
      const seen = await frames();
      assert.deepEqual(ways(seen).sort(), ['t0 in', 't1 out', 'v0 out']);
      assert.equal(seen.frames[0]?.way, 'in');
      assert.equal(seen.lost, 0);
      for (const { hex, length, skb, time_ns } of seen.frames) {
        assert.equal(hex, flooded.toString('hex'));
        assert.equal(length, flooded.length);
        assert.equal(skb, mode !== 'native');
        const since = BigInt(time_ns) - before;
        assert.ok(since > -2_000_000n && since < 5_000_000_000n, String(since));
      }
      await rig.exchange(1, ethernet(A, B));
      assert.deepEqual(ways(await frames()), ['t1 in', 't0 out']);
      assert.deepEqual(await frames(), { frames: [], lost: 0 });
    });

    it('show the partial checksum where they come in, and what became of it where they go out', async () => {
      await rig.exchange(1, ethernet(ALL, B));
      await frames();
      const segment = buildSegment(B, A, { version: 4, protocol: 'tcp', payload: Buffer.alloc(100, 7) });
      const partial = withChecksum(segment, segment.pseudo);
      await rig.exchange(0, partial, { csum: { start: segment.segmentAt, offset: segment.field } });
      const { frames: seen } = await frames();
      assert.deepEqual(
        seen.map(({ way, hex }) => [way, hex]),
        [
          ['in', partial.toString('hex')],
          ['out', (mode !== 'native' ? partial : withChecksum(segment, rightChecksum(segment))).toString('hex')],
        ],
      );
    });

    it('are told with the rule that dropped them', async () => {
      await rig.exchange(0, ethernet(A, 'ff:00:00:00:00:01'));
      await rig.exchange(0, ethernet('01:80:c2:00:00:00', A));
      assert.deepEqual(ways(await frames()), ['t0 in', 't0 drop:bad_source', 't0 in', 't0 drop:link_local']);
    });

    it('carry their tag as on the wire', async () => {
      await rig.bridge(`port t0 mode=${mode}`, `port t1 mode=${mode} vlan=access:7`, 'watch on');
      const tagged = ethernet(ALL, A, { tag: { vlan: 7, priority: 3 } });
      await rig.exchange(0, tagged);
      const { frames: seen } = await frames();
      assert.deepEqual(
        seen.map(({ way, hex, length }) => [way, hex, length]),
        [
          ['in', tagged.toString('hex'), tagged.length],
          ['out', ethernet(ALL, A).toString('hex'), tagged.length - 4],
        ],
      );
    });

    it('are kept up to 2048 bytes of each, with the length that they have', async () => {
      await rig.ns('ip', 'link', 'set', 't0', 'mtu', '3000');
      await rig.bridge('port t0 mode=tc', 'port t1 mode=tc', 'watch on');
      const large = ethernet(ALL, A, { payload: Buffer.from(Array.from({ length: 2986 }, (_, i) => i & 0xff)) });
      await rig.exchange(0, large);
      const [first] = (await frames()).frames;
      assert.equal(first?.length, 3000);
      assert.equal(first?.hex, large.subarray(0, 2048).toString('hex'));
      await rig.ns('ip', 'link', 'set', 't0', 'mtu', '1500');
    });

    it('are counted as lost when nobody fetches them', async () => {
      const amount = 5000;
      for (let i = 0; i < amount; i++) rig.send(0, ethernet(A, 'ff:00:00:00:00:01'));
      await rig.arrived();
      const seen = await frames();
      assert.ok(seen.frames.length >= 3500 && seen.frames.length <= 4096, String(seen.frames.length));
      assert.equal(seen.frames.length + seen.lost, 2 * amount);
      await rig.exchange(0, ethernet(ALL, A));
      assert.equal((await frames()).frames.length, 3);
    });

    it('cost nothing while nobody watches: the kernel has taken the code out', async () => {
      const instructions = async () => {
        const { programs } = (await rig.command('programs')) as { programs: { name: string; instructions: number }[] };
        return new Map(programs.map(({ name, instructions }) => [name, instructions]));
      };
      const on = await instructions();
      await rig.bridge(...plan());
      const off = await instructions();
      // 20 is less than the smallest record costs: a call, its fields and the copy.
      for (const name of ['hopbridge_xdp', 'flood_out', 'hopbridge_tc'])
        assert.ok((off.get(name) ?? Infinity) + 20 < (on.get(name) ?? 0), `${name} ${off.get(name)} ${on.get(name)}`);
      assert.equal(off.get('pass_all'), on.get('pass_all'));
      assert.deepEqual(await rig.command('frames'), {
        error: "frames are not recorded: the plan's line for it is: watch on",
      });
    });
  });
}
