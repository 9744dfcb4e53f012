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
const GRAPH = 'function_graph';

/** Why not: what the kernel said to it. */
export async function followByGraph(files: TraceFiles): Promise<Attempt<FunctionFollower>> {
  const tracers = await tracersOf(() => files.read('available_tracers'));
  if (!tracers.includes(GRAPH)) return notDone(await whyNoGraph(files, tracers));
  let followed: Attempt<string>;
  try {
    await files.write('tracing_on', '0');
    // Before the tracer: until it has a list, it slows down every function of the machine.
    followed = (await followRoots(files)) ?? (await followListed(files));
    if (!followed.ok) return followed;
    await files.write('current_tracer', GRAPH);
  } catch (error) {
    return notDone(reasonOf(error));
  }
  return done({
    how: followed.value,
    begin: () => files.write('tracing_on', '1'),
    async end() {
      await files.write('tracing_on', '0');
      const text = await files.read('trace');
      await files.write('current_tracer', 'nop');
      return { text, path: lastTransaction(text) };
    },
  });
}

async function tracersOf(read: () => Promise<string>): Promise<string[]> {
  return (await read().catch(() => '')).trim().split(/\s+/);
}

/** The machine's own tracer belongs to its user: what is running there would be ended. */
async function whyNoGraph(files: TraceFiles, tracers: readonly string[]): Promise<string> {
  const ofAll = await tracersOf(() => files.readOfAll('available_tracers'));
  return ofAll.includes(GRAPH)
    ? `this kernel has ${GRAPH} in its own tracer alone; an instance, which disturbs nobody else's tracing, has it from Linux 6.11 on`
    : `this kernel's tracers are: ${tracers.join(' ')}`;
}

/** Functions with all that they call; null = these are files of an instance, which can be told no roots. */
async function followRoots(files: TraceFiles): Promise<Attempt<string> | null> {
  // Which of these functions a kernel has depends on its version and its modules: those that it has are followed.
  const found: string[] = [];
  for (const name of [...GRAPH_ROOTS.send, ...GRAPH_ROOTS.other]) {
    const known = await files.write('set_graph_function', [...found, name].join('\n')).then(
      () => true,
      () => false,
    );
    if (known) found.push(name);
  }
  if (found.length === 0) return null;
  await files.write('set_graph_function', found.join('\n'));
  await files.write('max_graph_depth', String(DEPTH)).catch(() => undefined);
  return done(GRAPH);
}

/** The functions of a packet alone. Without a list all functions of the machine would fill the buffer before a packet has passed. */
async function followListed(files: TraceFiles): Promise<Attempt<string>> {
  const listed = await offeredFunctions(files);
  try {
    await files.write('set_ftrace_filter', listed.join('\n'));
  } catch (error) {
    return notDone(`an instance of it takes no list of functions: ${reasonOf(error)}`);
  }
  return done(`${GRAPH} of ${listed.length} functions`);
}

/** Of the functions of a packet those that this kernel lets its tracers follow; all, where it does not say. */
async function offeredFunctions(files: TraceFiles): Promise<readonly string[]> {
  const offered = await files.readOfAll('available_filter_functions').catch(() => null);
  if (offered === null) return PATH_FUNCTIONS;
  const known = new Set(offered.split('\n').map((line) => line.split(' ')[0] ?? ''));
  return PATH_FUNCTIONS.filter((name) => known.has(name));
}

/** Names that this kernel does not offer are left out; why not: what it said to the first of them. */
export async function followByProbes(files: TraceFiles): Promise<Attempt<FunctionFollower>> {
  const without = await files.readOfAll('kprobe_events').then(
    () => null,
    (error: unknown) => reasonOf(error),
  );
  if (without !== null) return notDone(`this kernel has none: ${without}`);
  const wanted = await offeredFunctions(files);
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
