// SPDX-License-Identifier: GPL-2.0-only
/** Which mechanisms of tracing the kernel offers to this user: each is tried or opened, and nothing is changed. */
import { constants } from 'node:fs';
import { access, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../model/errors.ts';
import type { Ability, AbilityState } from './abilities.ts';
import { run } from './exec.ts';
import { nativeBinary } from './paths.ts';

/**
 * tp_btf: BPF on typed tracepoints, by which hoplab measures; fentry: BPF on functions; kprobes: the same by way of
 * breakpoints; tracefs: events of tracepoints read as they are; function_graph: every function of a call.
 */
export const TRACE_MECHANISMS = ['tp_btf', 'fentry', 'kprobes', 'tracefs', 'function_graph'] as const;
type TraceMechanism = (typeof TRACE_MECHANISMS)[number];

interface TraceAbility {
  readonly mechanism: TraceMechanism;
  readonly state: AbilityState;
  /** What was found, or the kernel's word. */
  readonly found: string;
  /** The command, or the kernel, that would change it; empty where it works. */
  readonly hint: string;
}

export interface TraceAbilities {
  /** In the order of TRACE_MECHANISMS. */
  readonly mechanisms: readonly TraceAbility[];
  /** Where tracefs is mounted and may be read; null = nowhere. */
  readonly tracefs: string | null;
}

export interface TraceAbilityOptions {
  readonly signal: AbortSignal;
  /** Where /sys is; a test has one of its own. */
  readonly sys?: string;
  /** Asks the kernel for a program of each kind. */
  readonly tryPrograms?: (signal: AbortSignal) => Promise<ProgramAnswers>;
}

/** Why a kind of program is refused, '' = it is granted; `null`: nothing was tried, and `why` says so. */
export type ProgramAnswers =
  | { readonly tried: true; readonly tp_btf: string; readonly fentry: string }
  | { readonly tried: false; readonly why: string; readonly hint: string };

const ROOT_HINT = 'run as root';
const PROGRAMS_MS = 10_000;

export async function readTraceAbilities({
  signal,
  sys = '/sys',
  tryPrograms = askKernel,
}: TraceAbilityOptions): Promise<TraceAbilities> {
  const tracefs = await findTracefs(sys);
  const hasBtf = await isReadable(join(sys, 'kernel/btf/vmlinux'));
  const answers: ProgramAnswers = hasBtf
    ? await tryPrograms(signal)
    : { tried: false, why: 'no /sys/kernel/btf/vmlinux', hint: 'boot a kernel with CONFIG_DEBUG_INFO_BTF' };
  return {
    mechanisms: [
      program('tp_btf', answers, hasBtf, 'give this container CAP_BPF and CAP_PERFMON'),
      program('fentry', answers, hasBtf, 'hoplab does without: its points on the host are tracepoints'),
      await kprobes(sys, tracefs.folder),
      events(tracefs),
      await functionGraph(tracefs.folder),
    ],
    tracefs: tracefs.folder,
  };
}

/** The line of doctor: whether hoplab can trace here at all, by which mechanisms, and what speaks against the others. */
export function judgeTracing({ mechanisms }: TraceAbilities): Ability {
  const of = (state: AbilityState) => mechanisms.filter((each) => each.state === state);
  const named = (list: readonly TraceAbility[]) => list.map(({ mechanism }) => mechanism).join(', ');
  const without = [...of('no'), ...of('open')].map(({ mechanism, found }) => `${mechanism} (${found})`);
  const [first] = mechanisms;
  const state = first?.state ?? 'open';
  const parts = [
    of('yes').length === 0 ? '' : named(of('yes')),
    without.length === 0 ? '' : `not ${without.join(', ')}`,
  ].filter((part) => part !== '');
  return { name: 'tracing', state, found: parts.join('; '), hint: state === 'yes' ? '' : (first?.hint ?? '') };
}

/** JSON of `hoplab-hoptrace abilities`. Throws on anything else: that is this project's own tool. */
export function parseProgramAnswers(text: string): ProgramAnswers {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && 'tp_btf' in value && 'fentry' in value) {
    const { tp_btf, fentry } = value;
    if (typeof tp_btf === 'string' && typeof fentry === 'string') return { tried: true, tp_btf, fentry };
  }
  throw new Error(`hoplab-hoptrace abilities said ${text.slice(0, 200)}`);
}

async function askKernel(signal: AbortSignal): Promise<ProgramAnswers> {
  if (process.getuid?.() !== 0) return { tried: false, why: 'only root can try', hint: ROOT_HINT };
  const tool = nativeBinary('hoptrace');
  const built = await access(tool, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!built) return { tried: false, why: 'hoplab-hoptrace is not built', hint: 'hoplab setup' };
  const { code, stdout, stderr } = await run([tool, 'abilities'], {
    signal,
    allowFailure: true,
    timeoutMs: PROGRAMS_MS,
  });
  if (code === 0) return parseProgramAnswers(stdout);
  return { tried: false, why: stderr.trim().split('\n')[0] ?? `ended with status ${code}`, hint: 'hoplab setup' };
}

function program(
  mechanism: 'tp_btf' | 'fentry',
  answers: ProgramAnswers,
  hasBtf: boolean,
  refusedHint: string,
): TraceAbility {
  if (!answers.tried) return { mechanism, state: hasBtf ? 'open' : 'no', found: answers.why, hint: answers.hint };
  const why = answers[mechanism];
  if (why === '') return { mechanism, state: 'yes', found: 'a program was attached', hint: '' };
  return { mechanism, state: 'no', found: why, hint: refusedHint };
}

/** perf's event source, or tracefs's file: either is enough, and a kernel without both was built without kprobes. */
async function kprobes(sys: string, folder: string | null): Promise<TraceAbility> {
  const mechanism = 'kprobes';
  const places = [
    ...(folder === null ? [] : [join(folder, 'kprobe_events')]),
    join(sys, 'bus/event_source/devices/kprobe/type'),
  ];
  for (const place of places) if (await isReadable(place)) return { mechanism, state: 'yes', found: place, hint: '' };
  return { mechanism, state: 'no', found: 'this kernel has none', hint: 'boot a kernel with CONFIG_KPROBE_EVENTS' };
}

interface FoundTracefs {
  readonly folder: string | null;
  readonly why: string;
}

async function findTracefs(sys: string): Promise<FoundTracefs> {
  for (const folder of ['kernel/tracing', 'kernel/debug/tracing'].map((name) => join(sys, name))) {
    if (await isReadable(join(folder, 'events/net/net_dev_queue/id'))) return { folder, why: '' };
    if (await isReadable(join(folder, 'available_events'))) return { folder, why: 'no events of the network' };
  }
  return { folder: null, why: process.getuid?.() === 0 ? 'not mounted' : 'only root can look' };
}

function events({ folder, why }: FoundTracefs): TraceAbility {
  const mechanism = 'tracefs';
  if (folder !== null && why === '') return { mechanism, state: 'yes', found: folder, hint: '' };
  const open = why === 'only root can look';
  return {
    mechanism,
    state: open ? 'open' : 'no',
    found: why,
    hint: open ? ROOT_HINT : 'mount -t tracefs tracefs /sys/kernel/tracing',
  };
}

/** A kernel may list a tracer and refuse the list of functions: opening that for reading tells, and changes nothing. */
async function functionGraph(folder: string | null): Promise<TraceAbility> {
  const mechanism = 'function_graph';
  if (folder === null) return { mechanism, state: 'open', found: 'no tracefs', hint: ROOT_HINT };
  const tracers = await readFile(join(folder, 'available_tracers'), 'utf8').catch(() => '');
  const hint = 'boot a kernel with CONFIG_FUNCTION_GRAPH_TRACER';
  if (!tracers.split(/\s+/).includes(mechanism))
    return { mechanism, state: 'no', found: `tracers here: ${tracers.trim() || 'none'}`, hint };
  try {
    await (await open(join(folder, 'set_ftrace_filter'), 'r')).close();
    return { mechanism, state: 'yes', found: folder, hint: '' };
  } catch (error) {
    return { mechanism, state: 'no', found: reasonOf(error), hint };
  }
}

async function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
