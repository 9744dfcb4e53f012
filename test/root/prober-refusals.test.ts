// SPDX-License-Identifier: GPL-2.0-only
/** What the prober refuses, what the system refuses it, and how both are said. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { parseServerHeader } from '../../src/probes/prober/prober-header.ts';
import { serverPlanText } from '../../src/probes/prober/prober-plan.ts';
import { decodeServerDump } from '../../src/probes/prober/server-times.ts';
import { needs } from '../support/needs.ts';
import { buildProber, clientPlan, loopback, measure, Server, serverPlan, start, unplaced } from './prober-rig.ts';

describe('prober refusals', () => {
  before(buildProber);

  it('names the port when it cannot listen', async () => {
    const { listeners } = loopback(1, 'tcp_rr');
    await using _server = await Server.start(serverPlan(listeners));
    const { code, stderr } = await start('server', serverPlanText(serverPlan(listeners))).finished;
    assert.equal(code, 1);
    assert.match(stderr, /^hoplab-prober: listen 0 127\.0\.0\.1 port \d+: Address (already )?in use\n$/);
  });

  it('refuses a plan with its line, and a spinner that would starve the machine', async () => {
    const rejects = async (text: string, says: RegExp, exit = 2): Promise<void> => {
      const { code, stdout, stderr } = await start('client', text).finished;
      assert.deepEqual([code, stdout.length], [exit, 0]);
      assert.match(stderr, says);
    };
    await rejects('path 0 127.0.0.1 7000\nspeed 3\ngo\n', /plan line 2: unknown key speed/);
    await rejects('path 0 localhost 7000\ngo\n', /line 1: localhost is not an IP address/);
    await rejects('path 0 127.0.0.1 7000\npath 0 127.0.0.1 7001\ngo\n', /index 0 is there twice/);
    await rejects('path 0 127.0.0.1 7000\ngo\n', /neither count nor duration_ns/);
    await rejects('path 0 127.0.0.1 7000\ncount -1\ngo\n', /count -1 is not within 0 to/);
    await rejects('count 1\ngo\n', /no path/);
    await rejects('path 0 127.0.0.1 7000\npath 1 127.0.0.1\ngo\n', /path needs 3 values/);
    await rejects('protocol udp_rr\npath 0 127.0.0.1 7000\ncount 1\nrequest 70000\ngo\n', /at most 65507/);
    await rejects('path 0 127.0.0.1 7000\ncount 1\ncpu 0\nfifo 10\nwait spin\ngo\n', /cpu 0 is not isolated/, 3);
  });

  it('reports scheduling and memory that were granted', { skip: needs('root') }, async () => {
    const { paths, listeners } = loopback(1, 'tcp_rr');
    const placement = { ...unplaced, cpu: 0, fifo: 10, lockMemory: true };
    await using server = await Server.start(serverPlan(listeners, { placement }));
    const { header } = await measure(clientPlan(paths, { placement }));
    // One thread serves the path's connection by now or has ended; every thread of the process has the class.
    for (const task of readdirSync(`/proc/${server.pid}/task`)) {
      const policy = execFileSync('chrt', ['-p', task], { encoding: 'utf8' });
      assert.match(policy, /SCHED_FIFO[\s\S]*priority: 10/);
    }
    const granted = { scheduling: 'fifo:10', cpu: 0, memoryLocked: true, refused: [] };
    assert.deepEqual(header.granted, granted);
    assert.deepEqual(
      parseServerHeader(decodeServerDump(await server.stop(), 'server').header, 'server').granted,
      granted,
    );
  });

  it('goes on without what was refused, and says what that was', { skip: needs('root') }, async () => {
    const { paths, listeners } = loopback(1, 'tcp_rr');
    await using _server = await Server.start(serverPlan(listeners));
    const unprivileged = ['setpriv', '--bounding-set=-sys_nice,-ipc_lock', '--inh-caps=-sys_nice,-ipc_lock'];
    const limited = [...unprivileged, 'prlimit', '--rtprio=0', '--memlock=65536', '--'];
    const placement = { cpu: 1023, fifo: 10, lockMemory: true, forceSpin: false };
    const { header } = await measure(clientPlan(paths, { placement }), limited);
    assert.deepEqual(header.granted, {
      scheduling: 'other',
      cpu: null,
      memoryLocked: false,
      refused: [
        'pinning to the CPU: Invalid argument',
        'SCHED_FIFO: Operation not permitted',
        'mlockall: Out of memory',
      ],
    });
    assert.equal(header.paths[0]?.measured, 200);
  });
});
