// SPDX-License-Identifier: GPL-2.0-only
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { run } from '../../../src/system/exec.ts';
import { startService } from '../../../src/system/service.ts';
import { showArgv } from '../../../src/system/show-argv.ts';

const signal = AbortSignal.timeout(20_000);

describe('run', () => {
  it('gives what a command printed and how it ended', async () => {
    const result = await run(['sh', '-c', 'cat; echo err >&2'], { signal, input: 'in' });
    assert.equal(result.stdout, 'in');
    assert.equal(result.stderr, 'err\n');
    assert.equal(result.code, 0);
  });

  it('throws COMMAND_FAILED with the command, its status and what it said', async () => {
    await assert.rejects(run(['sh', '-c', 'echo no such device >&2; exit 3'], { signal, what: 'add a tap' }), {
      code: 'COMMAND_FAILED',
      message: /add a tap: `sh -c .*` ended with status 3: no such device/,
    });
  });

  it('returns a failure where failing is a result', async () => {
    assert.equal((await run(['false'], { signal, allowFailure: true })).code, 1);
  });

  it('throws COMMAND_FAILED for a command that does not exist', async () => {
    await assert.rejects(run(['hoplab-no-such-tool'], { signal }), {
      code: 'COMMAND_FAILED',
      message: /`hoplab-no-such-tool` could not be started/,
    });
  });

  it('ends a command that takes too long, with its grandchildren that hold the output', async () => {
    const started = performance.now();
    await assert.rejects(run(['sh', '-c', 'echo begun; sleep 60 & sleep 60'], { signal, timeoutMs: 200 }), {
      code: 'COMMAND_TIMEOUT',
      message: /did not end within 200 ms; last output: begun/,
    });
    assert.ok(performance.now() - started < 10_000);
  });

  it('ends a command that ignores SIGTERM', async () => {
    await assert.rejects(run(['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done'], { signal, timeoutMs: 100 }), {
      code: 'COMMAND_TIMEOUT',
    });
  });

  it('ends the command when the work is aborted, and throws the reason', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('ctrl-C')), 50);
    await assert.rejects(run(['sleep', '60'], { signal: controller.signal }), /ctrl-C/);
  });
});

describe('a service', () => {
  it('is ready when its line has come, and ends when it is disposed', async () => {
    const service = await startService(['sh', '-c', 'echo starting; echo ready; exec sleep 60'], {
      name: 'a sleeper',
      signal,
      logFile: null,
      ready: (line) => line === 'ready',
    });
    assert.ok(service.running);
    assert.deepEqual(service.lastLines(2), ['starting', 'ready']);
    await service[Symbol.asyncDispose]();
    assert.equal(service.running, false);
    assert.equal((await service.exited).signal, 'SIGTERM');
  });

  it('fails with its last words when it ends before it is ready', async () => {
    await assert.rejects(
      startService(['sh', '-c', 'echo cannot bind >&2; exit 2'], {
        name: 'a server',
        signal,
        logFile: null,
        ready: (line) => line === 'ready',
      }),
      { code: 'SERVICE_FAILED', message: /start a server: it ended with status 2; last output: cannot bind/ },
    );
  });

  it('fails when it is not ready in time, and is ended', async () => {
    await assert.rejects(
      startService(['sleep', '60'], {
        name: 'a sleeper',
        signal,
        logFile: null,
        ready: () => true,
        readyTimeoutMs: 100,
      }),
      { code: 'SERVICE_FAILED', message: /not ready after 100 ms/ },
    );
  });

  it('has sockets to the child beyond its standard streams', async () => {
    const service = await startService(['sh', '-c', 'read line <&3; echo "got $line" >&3; exec sleep 60'], {
      name: 'an echo',
      signal,
      logFile: null,
      extraPipes: 1,
    });
    const [pipe] = service.pipes;
    assert.ok(pipe);
    const answer = new Promise<string>((resolve) => pipe.once('data', (chunk: Buffer) => resolve(chunk.toString())));
    pipe.write('hello\n');
    assert.equal(await answer, 'got hello\n');
    await service.stop();
  });
});

describe('showArgv', () => {
  it('quotes what a shell would change and nothing else', () => {
    assert.equal(showArgv(['ip', '-n', 'host2', 'a b', "it's", '$X', '']), `ip -n host2 'a b' 'it'\\''s' '$X' ''`);
  });
});
