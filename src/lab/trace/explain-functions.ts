// SPDX-License-Identifier: GPL-2.0-only
/** Follows a packet function by function: by function_graph, or where that is refused by a kprobe at each function. */
import { type Attempt, done, notDone } from '../../model/attempt.ts';
import { reasonOf } from '../../model/errors.ts';
import {
  type FunctionPath,
  GRAPH_ROOTS,
  lastProbes,
  lastTransaction,
  PATH_FUNCTIONS,
} from '../../trace/breakdown/function-graph.ts';
import type { TraceFiles } from './files.ts';

export interface FunctionFollower {
  readonly how: string;
  begin(): Promise<void>;
  /** What the tracer wrote, and one transaction of it; null = it has no whole one. */
  end(): Promise<{ readonly text: string; readonly path: FunctionPath | null }>;
}

/** Deep enough for a driver below TCP, and no deeper than a terminal is wide. */
const DEPTH = 20;
const GROUP = 'hoplab';

/** Why not: what the kernel said to it. */
export async function followByGraph(files: TraceFiles): Promise<Attempt<FunctionFollower>> {
  const tracers = (await files.read('available_tracers').catch(() => '')).trim();
  if (!tracers.split(' ').includes('function_graph')) return notDone(`this kernel's tracers are: ${tracers}`);
  try {
    await files.write('tracing_on', '0');
    await files.write('current_tracer', 'function_graph');
  } catch (error) {
    return notDone(reasonOf(error));
  }
  // An instance has neither this file nor the next: it then follows all functions, and the text is cut.
  await files.write('max_graph_depth', String(DEPTH)).catch(() => undefined);
  // Which of these functions a kernel has depends on its version and its modules: those that it has are followed.
  const found: string[] = [];
  for (const name of [...GRAPH_ROOTS.send, ...GRAPH_ROOTS.other]) {
    const known = await files.write('set_graph_function', [...found, name].join('\n')).then(
      () => true,
      () => false,
    );
    if (known) found.push(name);
  }
  if (found.length > 0) await files.write('set_graph_function', found.join('\n'));
  return done({
    how: 'function_graph',
    begin: () => files.write('tracing_on', '1'),
    async end() {
      await files.write('tracing_on', '0');
      const text = await files.read('trace');
      await files.write('current_tracer', 'nop');
      return { text, path: lastTransaction(text) };
    },
  });
}

/** Names that this kernel does not offer are left out; why not: what it said to the first of them. */
export async function followByProbes(files: TraceFiles): Promise<Attempt<FunctionFollower>> {
  const without = await files.readOfAll('kprobe_events').then(
    () => null,
    (error: unknown) => reasonOf(error),
  );
  if (without !== null) return notDone(`this kernel has none: ${without}`);
  const offered = await files.readOfAll('available_filter_functions').catch(() => null);
  const known = offered === null ? null : new Set(offered.split('\n').map((line) => line.split(' ')[0] ?? ''));
  const wanted = PATH_FUNCTIONS.filter((name) => known?.has(name) ?? true);
  const probed: string[] = [];
  let refused: string | null = null;
  for (const name of wanted) {
    try {
      await files.addProbe(`p:${GROUP}/${name} ${name}`);
      probed.push(name);
    } catch (error) {
      refused ??= reasonOf(error);
    }
  }
  if (probed.length === 0) return notDone(refused ?? 'this kernel offers none of the functions of a packet');
  await files.write('tracing_on', '0');
  await files.write(`events/${GROUP}/enable`, '1');
  return done({
    how: `kprobes at ${probed.length} functions`,
    begin: () => files.write('tracing_on', '1'),
    async end() {
      await files.write('tracing_on', '0');
      const text = await files.read('trace');
      await files.write(`events/${GROUP}/enable`, '0');
      // The guest's kernel refuses this: its file is written anew, not added to. Its probes end with it.
      for (const name of probed) await files.addProbe(`-:${GROUP}/${name}`).catch(() => undefined);
      return { text, path: lastProbes(text) };
    },
  });
}
