// SPDX-License-Identifier: GPL-2.0-only
/** What doctor says of tracing: over folders that look like the /sys of several kernels. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, it } from 'node:test';
import {
  judgeTracing,
  type ProgramAnswers,
  parseProgramAnswers,
  readTraceAbilities,
  TRACE_MECHANISMS,
} from '../../../src/system/trace-abilities.ts';

const EVENT = 'kernel/tracing/events/net/net_dev_queue/id';
const TRACERS = 'kernel/tracing/available_tracers';
const BTF = 'kernel/btf/vmlinux';
const granted: ProgramAnswers = { tried: true, tp_btf: '', fentry: '' };
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function look(name: string, files: Readonly<Record<string, string>>, answers = granted) {
  const sys = join(folder, name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(sys, path)), { recursive: true });
    await writeFile(join(sys, path), text);
  }
  const { signal } = new AbortController();
  const found = await readTraceAbilities({ signal, sys, tryPrograms: () => Promise.resolve(answers) });
  return { ...found, states: Object.fromEntries(found.mechanisms.map(({ mechanism, state }) => [mechanism, state])) };
}

it('a kernel that offers everything is said to, and nothing is left to hint at', async () => {
  const found = await look('all', {
    ...{ [BTF]: '', [EVENT]: '1', [TRACERS]: 'function_graph nop\n' },
    'kernel/tracing/kprobe_events': '',
    'kernel/tracing/set_ftrace_filter': '',
  });
  assert.deepEqual(Object.keys(found.states), [...TRACE_MECHANISMS]);
  assert.ok(found.mechanisms.every(({ state, hint }) => state === 'yes' && hint === ''));
  assert.equal(found.tracefs, join(folder, 'all', 'kernel/tracing'));
  assert.deepEqual(judgeTracing(found), {
    ...{ name: 'tracing', state: 'yes', hint: '' },
    found: 'tp_btf, fentry, kprobes, tracefs, function_graph',
  });
});

it('what is refused is named with the reason, and tracepoints alone are enough to trace', async () => {
  const refused: ProgramAnswers = { tried: true, tp_btf: '', fentry: 'Operation not permitted' };
  const found = await look('refused', { [BTF]: '', [EVENT]: '1', [TRACERS]: 'blk function nop\n' }, refused);
  assert.deepEqual(found.states, {
    ...{ tp_btf: 'yes', fentry: 'no', kprobes: 'no', tracefs: 'yes', function_graph: 'no' },
  });
  const { state, found: text } = judgeTracing(found);
  assert.equal(state, 'yes');
  assert.match(text, /^tp_btf, tracefs; not fentry \(Operation not permitted\), kprobes \(this kernel has none\)/);
});

it('without type information no program is tried, and the hint is a kernel that has it', async () => {
  const found = await look('old', { 'kernel/debug/tracing/events/net/net_dev_queue/id': '1' }, granted);
  assert.equal(found.tracefs, join(folder, 'old', 'kernel/debug/tracing'));
  const { state, hint } = judgeTracing(found);
  assert.equal(state, 'no');
  assert.match(hint, /CONFIG_DEBUG_INFO_BTF/);
});

it('what nobody may try is open, with what it takes', async () => {
  const found = await look('user', { [BTF]: '' }, { tried: false, why: 'only root can try', hint: 'run as root' });
  assert.equal(found.states.tp_btf, 'open');
  assert.equal(judgeTracing(found).hint, 'run as root');
});

it("the tool's answer is JSON of both kinds, and nothing else is taken for one", () => {
  assert.deepEqual(parseProgramAnswers('{"tp_btf":"","fentry":"no"}\n'), { tried: true, tp_btf: '', fentry: 'no' });
  assert.throws(() => parseProgramAnswers('{"tp_btf":1}'), /abilities said/);
});
