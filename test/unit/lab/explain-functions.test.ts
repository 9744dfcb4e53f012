// SPDX-License-Identifier: GPL-2.0-only
/** How a packet is followed by function_graph in an instance of tracefs, whose files are not those of the machine's own tracer. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { followByGraph } from '../../../src/lab/trace/explain-functions.ts';
import type { TraceFiles } from '../../../src/lab/trace/files.ts';

/** What an instance of Linux 6.12 has, but for `tracers`; it keeps what is written. */
function instance(tracers: string): { readonly files: TraceFiles; readonly written: string[] } {
  const written: string[] = [];
  const files: TraceFiles = {
    read: async (name) => (name === 'available_tracers' ? tracers : ''),
    async write(name, content) {
      if (name === 'set_graph_function') throw new Error('ENOENT: no such file or directory');
      written.push(`${name} ${content.split('\n').join(' ')}`);
    },
    addProbe: async () => assert.fail('no kprobe is needed'),
    readOfAll: async (name) =>
      name === 'available_tracers'
        ? 'blk function_graph function nop\n'
        : 'schedule\ntcp_sendmsg\nhandle_tx [vhost_net]\ntun_sendmsg [tun]\n',
  };
  return { files, written };
}

it('an instance is told its functions before it traces: without a list it slows down all of the machine', async () => {
  const { files, written } = instance('function_graph function nop\n');
  const follower = await followByGraph(files);
  assert.ok(follower.ok);
  assert.equal(follower.value.how, 'function_graph of 3 functions');
  await follower.value.begin();
  await follower.value.end();
  assert.deepEqual(written, [
    ...['tracing_on 0', 'set_ftrace_filter tcp_sendmsg handle_tx tun_sendmsg', 'current_tracer function_graph'],
    ...['tracing_on 1', 'tracing_on 0', 'current_tracer nop'],
  ]);
});

it('a kernel whose instances lack function_graph is said to have it elsewhere, and its own tracer is left alone', async () => {
  const { files, written } = instance('function nop\n');
  const follower = await followByGraph(files);
  assert.ok(!follower.ok);
  assert.match(
    follower.why,
    /has function_graph in its own tracer alone; an instance, .*, has it from Linux 6\.11 on$/,
  );
  assert.deepEqual(written, []);
});
