// SPDX-License-Identifier: GPL-2.0-only
/** Real TCP through the eBPF bridge, with every offload of the veth wires left on. */
// @first 2
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { run } from '../../src/system/exec.ts';
import { startService } from '../../src/system/service.ts';
import { needs } from '../support/needs.ts';
import { Rig } from './hopbridge-rig.ts';

const MIB = 1 << 20;
/** Enough for many windows, and for a gigabyte once each way. */
const SOME_MIB = 16;
const GIGABYTE_MIB = 1024;
const signal = AbortSignal.timeout(600_000);

const SERVER = `
  const hash = require('crypto').createHash('sha256');
  const server = require('net').createServer((peer) => {
    peer.on('data', (bytes) => hash.update(bytes));
    peer.on('end', () => { console.log('hash ' + hash.digest('hex')); server.close(); peer.end(); });
  });
  server.listen(5201, '::', () => console.log('listening'));
`;
const CLIENT = `
  const [, address, count] = process.argv;
  const { pipeline, Readable } = require('stream');
  const chunk = (i) => Buffer.alloc(${MIB}, Buffer.from('block ' + i + ' of the stream;'));
  function* chunks() { for (let i = 0; i < count; i++) yield chunk(i); }
  pipeline(Readable.from(chunks()), require('net').connect(5201, address), (error) => { if (error) throw error; });
`;

const hashes = new Map<number, string>();

function wantedHash(amountMib: number): string {
  const known = hashes.get(amountMib) ?? hashOf(amountMib);
  hashes.set(amountMib, known);
  return known;
}

function hashOf(amountMib: number): string {
  const hash = createHash('sha256');
  for (let i = 0; i < amountMib; i++) hash.update(Buffer.alloc(MIB, Buffer.from(`block ${i} of the stream;`)));
  return hash.digest('hex');
}

describe('TCP through the bridge', { skip: needs('root', 'linux') }, () => {
  let rig: Rig;
  const host = (i: number) => `${rig.netns}-h${i}`;
  const inHost = (i: number, ...argv: string[]) => ['ip', 'netns', 'exec', host(i), ...argv];

  before(async () => {
    rig = await Rig.open({ taps: 0, veths: 0 }, signal);
    for (const i of [1, 2]) {
      await run(['ip', 'netns', 'add', host(i)], { signal });
      await run(
        ['ip', '-n', rig.netns, 'link', 'add', `w${i}`, 'type', 'veth', 'peer', 'name', 'eth1', 'netns', host(i)],
        {
          signal,
        },
      );
      await run(['ip', '-n', rig.netns, 'link', 'set', `w${i}`, 'up'], { signal });
      await run(['ip', '-n', host(i), 'addr', 'add', `10.9.0.${i}/24`, 'dev', 'eth1'], { signal });
      await run(['ip', '-n', host(i), 'addr', 'add', `fd09::${i}/64`, 'dev', 'eth1', 'nodad'], { signal });
      await run(['ip', '-n', host(i), 'link', 'set', 'eth1', 'up'], { signal });
    }
  });
  after(async () => {
    for (const i of [1, 2]) await run(['ip', 'netns', 'del', host(i)], { signal, allowFailure: true });
    await rig?.[Symbol.asyncDispose]();
  });

  async function bringUp(mode: string): Promise<void> {
    await rig.bridge(...[1, 2].map((i) => `port w${i} mode=${mode} peer-netns=/run/netns/${host(i)}`));
  }

  /** One stream from a host to the other, judged by its hash at the far end. */
  async function stream(from: number, to: number, address: string, amountMib: number): Promise<void> {
    await using server = await startService(inHost(to, process.execPath, '-e', SERVER), {
      name: 'server',
      signal,
      logFile: null,
      ready: (line) => line === 'listening',
    });
    await run(inHost(from, process.execPath, '-e', CLIENT, address, String(amountMib)), { signal, timeoutMs: 300_000 });
    assert.equal((await server.exited).code, 0);
    assert.deepEqual(server.lastLines(1), [`hash ${wantedHash(amountMib)}`]);
  }

  for (const mode of ['native', 'generic', 'tc'])
    for (const [family, address] of [
      ['IPv4', (i: number) => `10.9.0.${i}`],
      ['IPv6', (i: number) => `fd09::${i}`],
    ] as const) {
      it(`arrives each way with the right content over ${family} in mode ${mode}`, async () => {
        await bringUp(mode);
        for (const [from, to] of [
          [1, 2],
          [2, 1],
        ] as const) {
          await stream(from, to, address(to), SOME_MIB);
          const completed = await rig.counted(`w${from}`, 'completed');
          if (mode === 'native') assert.ok(completed > 0, String(completed));
          else assert.equal(completed, 0);
        }
        assert.deepEqual((await rig.stats()).losses, []);
      });
    }

  it('arrives by the gigabyte each way, with no offload turned off, in the mode that the bridge chooses', async () => {
    await bringUp('auto');
    // Segmentation the kernel itself turns off at a veth whose far end has a native program.
    for (const i of [1, 2]) assert.match(await rig.ns('ethtool', '-k', `w${i}`), /^tx-checksumming: on$/m);
    await stream(1, 2, '10.9.0.2', GIGABYTE_MIB);
    await stream(2, 1, '10.9.0.1', GIGABYTE_MIB);
    const { ports } = await rig.stats();
    for (const { port, counters } of ports) assert.ok((counters.received?.bytes ?? 0) > GIGABYTE_MIB * MIB, port);
  });
});
