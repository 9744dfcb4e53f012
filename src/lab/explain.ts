// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab trace --explain`: what one packet passes in the kernel of a machine of the lab; nothing is measured. */

import { type Attempt, done, notDone } from '../model/attempt.ts';
import { HoplabError } from '../model/errors.ts';
import type { LabSpec } from '../model/lab-spec.ts';
import { GUEST, HOST2, type Place } from '../model/place.ts';
import { hasGuest, type PathPlan, type Plan } from '../model/plan.ts';
import type { Progress } from '../model/progress.ts';
import { HOSTS_MACHINE, type Traceable, type TracedMachine } from '../model/traced-machine.ts';
import type { DiagnosisFolder } from '../run-store/diagnosis-folder.ts';
import { instanceName, instancePath } from '../system/tracefs-instances.ts';
import type { FunctionPath } from '../trace/breakdown/function-graph.ts';
import { stillSpec } from './diagnose/look-at-lab.ts';
import { type LookRequest, recordLook } from './diagnose/record-look.ts';
import { bootPlugged } from './live/boot-plugged.ts';
import { type Lab, machineAt, openLab } from './live/open.ts';
import type { BlockWatch, Probers } from './measure/block.ts';
import { measureInLab } from './measure/measure-in-lab.ts';
import { knownForRun } from './plan/needs.ts';
import { planLab } from './plan/plan.ts';
import { planTraceBlocks } from './plan/schedule-trace.ts';
import { devicesAt } from './trace/devices.ts';
import { followEvents } from './trace/explain-events.ts';
import { type FunctionFollower, followByGraph, followByProbes } from './trace/explain-functions.ts';
import { hostTraceFiles, type TraceFiles, wholeTraceFiles } from './trace/files.ts';
import { threadsAt } from './trace/threads.ts';
import { type Traced, tracedMachines } from './trace/traced-machines.ts';

/** The first transactions are a cold path's; more than a few overwrite each other in the kernel's buffer. */
const TRANSACTIONS = 20;

/** Best first: what is refused is said, and the next one tried. */
const EXPLAIN_WAYS = ['function_graph', 'kprobes', 'tracepoints'] as const;
type ExplainWay = (typeof EXPLAIN_WAYS)[number];

export interface ExplainRequest extends LookRequest {
  readonly spec: LabSpec;
  /** null = the guest where the path has one. */
  readonly machine: Traceable | null;
  /** Default: all. */
  readonly ways?: readonly ExplainWay[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface ExplainedPath {
  readonly path: string;
  readonly machine: TracedMachine;
  readonly kernel: string;
  /** "function_graph", "kprobes at 40 functions", "tracepoints". */
  readonly how: string;
  /** Better ways, each with the kernel's word. */
  readonly refused: readonly string[];
  readonly lines: readonly string[];
  /** Functions, or events. */
  readonly count: number;
  /** Where all of it was kept. */
  readonly file: string;
}

/** Throws TRACE_FAILED where nothing wrote a whole transaction. */
export async function explainTrace(request: ExplainRequest): Promise<ExplainedPath> {
  const { spec, progress, signal } = request;
  const { facts, unavailable } = await knownForRun(spec, signal);
  const plan = planLab(stillSpec(spec), facts, unavailable);
  const [path] = plan.paths;
  const at = request.machine ?? (path !== undefined && !hasGuest(path) ? HOSTS_MACHINE : GUEST);
  if (path === undefined || plan.paths.length > 1) throw notOne(plan);
  if (at === GUEST && !hasGuest(path)) throw noGuest(path);
  return recordLook(request, async (folder) => {
    await using lab = await openLab(plan, { id: folder.id, signal, progress, logPath: folder.logPath });
    await using _guest = hasGuest(path) ? await bootWhole(lab, { progress, signal }) : null;
    const traced = tracedOf(lab, at === HOSTS_MACHINE ? HOST2 : at);
    return await progress.step(`follow a packet of ${path.name} through the ${traced.id}`, () =>
      explain({ ...request, lab, path, folder, traced }),
    );
  });
}

async function bootWhole(lab: Lab, options: { readonly progress: Progress; readonly signal: AbortSignal }) {
  const { session, failed } = await bootPlugged(lab, { busybox: null, ...options });
  for (const error of failed.values()) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
  return session;
}

interface Explaining extends Omit<ExplainRequest, 'machine'> {
  readonly lab: Lab;
  readonly path: PathPlan;
  readonly traced: Traced;
  readonly folder: DiagnosisFolder;
}

async function explain(explaining: Explaining): Promise<ExplainedPath> {
  const { lab, path, traced, signal, ways = EXPLAIN_WAYS, folder } = explaining;
  const { id: machine } = traced;
  const { kernel } = await machineAt(lab, traced.place).facts(signal);
  const refused: string[] = [];
  for (const way of ways) {
    if (way === 'tracepoints') {
      const { path: found, file } = await byEvents(explaining);
      if (found === null) break;
      return { path: path.name, machine, kernel, how: way, refused, lines: found.lines, count: found.events, file };
    }
    const outcome = await byFunctions(explaining, way);
    if (!outcome.ok) {
      refused.push(`${way}: ${outcome.why}`);
      continue;
    }
    const { how, text, found } = outcome.value;
    const file = `${folder.path}/functions.txt`;
    await folder.write('functions.txt', text);
    if (found !== null)
      return { path: path.name, machine, kernel, how, refused, lines: found.lines, count: found.functions, file };
    refused.push(`${way}: it wrote no whole transaction (${text.length} bytes)`);
  }
  signal.throwIfAborted();
  throw new HoplabError({
    code: 'TRACE_FAILED',
    message: `follow a packet of ${path.name}: the ${machine}'s kernel ${kernel} gives no transaction by any way: ${refused.join('; ')}`,
    hint: 'hoplab trace without --explain needs no such tracer; or another guest kernel: --kernel FILE',
  });
}

/** What this way found, or the kernel's reason for refusing it. */
async function byFunctions(explaining: Explaining, way: 'function_graph' | 'kprobes'): Promise<Attempt<Followed>> {
  const { lab, signal, traced } = explaining;
  const machine = machineAt(lab, traced.place);
  const follow = (files: TraceFiles) => (way === 'function_graph' ? followByGraph(files) : followByProbes(files));
  if (!traced.isGuest && !traced.isHere) return notDone('its tracer belongs to others, and is not set from here');
  // A machine without a journal is ours alone: its own tracer may be used, and nothing must be taken back.
  if (machine.journal === undefined) return runFollowed(explaining, await follow(wholeTraceFiles(machine, signal)));
  const instance = instancePath(instanceName(lab.id, 0, way));
  await machine.journal.record({ kind: 'tracefs', instances: [instance] });
  const files = await hostTraceFiles(instance).then(done, (error: unknown) => notDone(String(error)));
  if (!files.ok) return files;
  await using own = files.value;
  return await runFollowed(explaining, await follow(own));
}

interface Followed {
  readonly how: string;
  readonly text: string;
  readonly found: FunctionPath | null;
}

async function runFollowed(explaining: Explaining, started: Attempt<FunctionFollower>): Promise<Attempt<Followed>> {
  if (!started.ok) return started;
  const follower = started.value;
  let kept: Awaited<ReturnType<FunctionFollower['end']>> = { text: '', path: null };
  await runBlock(explaining, async () => {
    await follower.begin();
    return {
      async stop() {
        kept = await follower.end();
      },
    };
  });
  return done({ how: follower.how, text: kept.text, found: kept.path });
}

async function byEvents(explaining: Explaining) {
  const { lab, path, traced, signal, spec, folder } = explaining;
  const [probe] = spec.probes;
  const instances = [
    instanceName(lab.id, 0, `${traced.id}-explain-tasks`),
    instanceName(lab.id, 0, `${traced.id}-explain`),
  ] as const;
  const file = `${folder.path}/events.htr`;
  const { journal } = machineAt(lab, traced.place);
  await journal?.record({ kind: 'tracefs', instances: instances.map(instancePath) });
  let found: Awaited<ReturnType<Awaited<ReturnType<typeof followEvents>>['end']>> = null;
  await runBlock(explaining, async (probers) => {
    // The side of the probe that is on this machine; of both, the client.
    const sender = traced.places.includes(probers.client.where) ? 'client' : 'server';
    const follower = await followEvents({
      ...{ lab, signal, traced, instances, output: file, sender },
      threads: await threadsAt(traced, { lab, guests: lab.guests, paths: [path], probers, signal }),
      devices: await devicesAt(traced, lab, signal),
      bytes: (sender === 'client' ? probe?.requestBytes : probe?.responseBytes) ?? 0,
    });
    return {
      async stop() {
        found = await follower.end();
      },
    };
  });
  const path_ = found as Awaited<ReturnType<Awaited<ReturnType<typeof followEvents>>['end']>>;
  return { path: path_, file: traced.isHere ? file : folder.path };
}

function tracedOf(lab: Lab, place: Place): Traced {
  const found = tracedMachines(lab, lab.guests).find(({ places }) => places.includes(place));
  if (found === undefined) throw new Error(`no machine of ${place} is traced`);
  return found;
}

async function runBlock(
  { lab, path, spec, signal }: Explaining,
  watch: (probers: Probers) => Promise<BlockWatch>,
): Promise<void> {
  const [probe] = spec.probes;
  if (probe === undefined) throw new Error('a trace without a probe');
  const schedule = { probe, pairs: 1, count: TRANSACTIONS, warmup: TRANSACTIONS, seed: spec.seed };
  const [planned] = planTraceBlocks(lab.plan.paths, schedule);
  if (planned === undefined) throw notOne(lab.plan);
  await measureInLab({ lab, planned, names: [path.name], watch, signal });
}

function notOne({ paths }: Plan): HoplabError {
  return new HoplabError({
    code: 'USAGE',
    message: `follow a packet: that takes one path, got ${paths.map(({ name }) => name).join(', ')}`,
    hint: 'hoplab trace tap --explain',
  });
}

function noGuest({ name }: PathPlan): HoplabError {
  return new HoplabError({
    code: 'USAGE',
    message: `follow a packet through the guest: path ${name} has none`,
    hint: `hoplab trace ${name} --explain host`,
  });
}
