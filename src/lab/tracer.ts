/** The tracer around one block: hoptrace on the host and in the guest, started before it and stopped after it. */
import { existsSync } from 'node:fs';
import { HoplabError, reasonOf } from '../model/errors.ts';
import type { TraceContext, TracedMachineContext } from '../model/trace-context.ts';
import type { TraceProfile } from '../model/trace-profile.ts';
import type { RunFolder } from '../run-store/create-run-folder.ts';
import { nativeBinary } from '../system/paths.ts';
import { parseTraceHeader } from '../trace/file-text.ts';
import type { BlockWatch, Probers } from './block.ts';
import type { GuestSession } from './guest-session.ts';
import type { WatchedBlock } from './measuring.ts';
import type { Lab } from './open.ts';
import type { RunningTool, ToolEnd } from './tool-place.ts';
import { toolsAt } from './tools-at.ts';
import { guestThreads, hostThreads, type NamedThread } from './trace-threads.ts';
import { pointsOf } from './traced-points.ts';

/** Per CPU; what a block of ordinary length needs, with room to spare. */
const BUFFER_BYTES = 16 << 20;
/** A guest has 512 MiB in all; this holds the records of most blocks whole. */
const GUEST_BUFFER_BYTES = 32 << 20;
/** A look into the buffer takes a CPU that the guest has but one of. */
const DRAIN_MS = 20;
const GUEST_DRAIN_MS = 1000;

export interface TracerPlan {
  readonly points: readonly string[];
  readonly netns: readonly { readonly path: string; readonly name: string }[];
  readonly threads: readonly NamedThread[];
  readonly devices: readonly TracedMachineContext['devices'][number][];
  readonly ports: readonly number[];
  readonly bufferBytes: number;
  readonly drainMs: number;
  /** A file on the tracer's machine; "-" = its stdout. */
  readonly output: string;
}

/** The words of hoptrace's stdin up to its start; the stream stays open, and its end ends the tracer. */
export function tracerPlanText(plan: TracerPlan): string {
  return `${[
    ...plan.points.map((point) => `point ${point}`),
    ...plan.netns.map(({ path, name }) => `netns ${path} ${name}`),
    ...plan.threads.map(({ tid, name }) => `tid ${tid} ${name}`),
    ...plan.threads.filter(({ process }) => process).map(({ tid, name }) => `process ${tid} ${name}`),
    ...plan.ports.map((port) => `port ${port}`),
    `buffer ${plan.bufferBytes}`,
    `drain ${plan.drainMs}`,
    `output ${plan.output}`,
    'go',
  ].join('\n')}\n`;
}

export interface TracerOptions {
  readonly folder: RunFolder;
  readonly profile: TraceProfile;
  readonly slowest: number;
  readonly signal: AbortSignal;
}

/** Starts both tracers. What the guest's cannot do is said beside its records; without the host's there is no trace. */
export async function startTracer(
  { lab, session, planned, names }: WatchedBlock,
  probers: Probers,
  { folder, profile, slowest, signal }: TracerOptions,
): Promise<BlockWatch> {
  const paths = names.flatMap((name) => lab.plan.paths.filter((path) => path.name === name));
  const points = pointsOf(paths, profile);
  const ports = paths.map(({ port }) => port);
  const plans = {
    host: {
      points: points.host,
      netns: ['host1', 'host2'].map((name) => ({ path: `/run/netns/${name}`, name })),
      threads: await hostThreads({ lab, session, paths, probers, signal }),
      devices: await hostDevices(lab, signal),
      ports,
      bufferBytes: BUFFER_BYTES,
      drainMs: DRAIN_MS,
      output: folder.recordsPath(planned.id),
    },
    guest: session === null ? null : await guestPlan(session, { points: points.guest, probers, ports, signal }),
  };
  const host = await start('host', plans.host, { lab, session, signal });
  const refusal = refusalOf(host);
  if (refusal !== null) {
    await host.stop();
    throw new HoplabError({
      code: 'TRACE_REFUSED',
      message: `trace on the host: this kernel takes none of the ${plans.host.points.length} points: ${refusal}`,
      hint: 'tracing needs CAP_BPF and CAP_PERFMON, and a kernel with BTF (CONFIG_DEBUG_INFO_BTF): hoplab doctor',
    });
  }
  const guest = plans.guest === null ? null : await startInGuest(plans.guest, { lab, session, signal });
  const context = (without: string | null): TraceContext => ({
    profile,
    slowest,
    machines: [
      described('host', plans.host, host, null),
      ...(plans.guest === null ? [] : [described('guest', plans.guest, guest?.running ?? null, without)]),
    ],
  });
  return {
    async stop() {
      // The guest's first: its stop is the longer way, and what it does meanwhile is traced by nobody's fault.
      const inGuest = guest?.running == null ? null : await ended(guest.running).catch((error: unknown) => error);
      const onHost = await host.stop();
      signal.throwIfAborted();
      if (inGuest instanceof Error) throw inGuest;
      if (onHost.code !== 0) throw hostFailure(onHost, folder.path);
      if (inGuest !== null) await folder.writeRecords(planned.id, inGuest as Buffer);
      await folder.writeTrace(planned.id, context(guest?.without ?? null));
    },
  };
}

function described(
  machine: TracedMachineContext['machine'],
  { points, threads, devices }: TracerPlan,
  running: RunningTool | null,
  without: string | null,
): TracedMachineContext {
  const tasks = threads.map(({ tid, name }) => ({ tid, name }));
  return { machine, points, tasks, namespaces: running === null ? [] : namespacesOf(running), devices, without };
}

/** Why no point at all was attached; null = some were. */
function refusalOf({ ready }: RunningTool): string | null {
  const parsed = parseTraceHeader(ready.replace(/^ready ?/, ''));
  if (!parsed.ok) return null;
  const { asked, refused } = parsed.value;
  return refused.length < asked.length ? null : (refused[0]?.why ?? 'it said nothing');
}

/** The tracer looks the namespaces up itself, and says with "ready" which it found. */
function namespacesOf({ ready }: RunningTool): TracedMachineContext['namespaces'] {
  const parsed = parseTraceHeader(ready.replace(/^ready ?/, ''));
  return parsed.ok ? parsed.value.namespaces : [];
}

interface At {
  readonly lab: Lab;
  readonly session: GuestSession | null;
  readonly signal: AbortSignal;
}

async function start(machine: 'host' | 'guest', plan: TracerPlan, { lab, session, signal }: At): Promise<RunningTool> {
  // Both namespaces are of one kernel: where the host's tracer runs does not matter.
  return toolsAt(machine === 'guest' ? 'guest' : 'host2', lab, session).start({
    tool: 'hoptrace',
    words: [],
    input: tracerPlanText(plan),
    name: 'hoptrace',
    signal,
  });
}

/** A guest whose kernel takes none of it is still traced from outside. */
async function startInGuest(
  plan: TracerPlan,
  at: At,
): Promise<{ readonly running: RunningTool | null; readonly without: string | null }> {
  try {
    const running = await start('guest', plan, at);
    const refusal = refusalOf(running);
    if (refusal === null) return { running, without: null };
    await running.stop();
    return { running: null, without: `its kernel takes none of the points: ${refusal}` };
  } catch (error) {
    at.signal.throwIfAborted();
    if (at.session?.guest.service.running !== true) throw error;
    return { running: null, without: reasonOf(error) };
  }
}

async function ended(running: RunningTool): Promise<Buffer> {
  const { code, signal, output, said } = await running.stop();
  if (code === 0) return output;
  throw new HoplabError({
    code: 'TRACE_FAILED',
    message: `trace in the guest: hoplab-hoptrace ended with ${signal ?? `status ${code}`}: ${said}`,
    hint: 'hoplab trace --light traces with three points alone',
  });
}

function hostFailure({ code, signal, said }: ToolEnd, folder: string): HoplabError {
  const full = /no space left|ENOSPC/i.test(said);
  return new HoplabError({
    code: full ? 'DISK_FULL' : 'TRACE_FAILED',
    message: `write the records of a trace into ${folder}: ${full ? 'no space left on that disk' : `hoplab-hoptrace ended with ${signal ?? `status ${code}`}`}: ${said}`,
    hint: full
      ? `hoplab report ${folder} shows what is kept; then free space, or HOPLAB_RUNS=/other/disk hoplab trace`
      : 'hoplab doctor says what this kernel allows',
  });
}

async function guestPlan(
  session: GuestSession,
  {
    points,
    probers,
    ports,
    signal,
  }: {
    readonly points: readonly string[];
    readonly probers: Probers;
    readonly ports: readonly number[];
    readonly signal: AbortSignal;
  },
): Promise<TracerPlan> {
  const nics = await session.guest.agent.counters({ signal });
  return {
    points,
    netns: [{ path: '/proc/1/ns/net', name: 'guest' }],
    threads: guestThreads(probers),
    devices: nics.map(({ name, index }) => ({ place: 'guest', ifindex: index, name })),
    ports,
    bufferBytes: GUEST_BUFFER_BYTES,
    drainMs: GUEST_DRAIN_MS,
    output: '-',
  };
}

async function hostDevices(lab: Lab, signal: AbortSignal): Promise<TracedMachineContext['devices'][number][]> {
  const found = await Promise.all(
    (['host1', 'host2'] as const).map(async (place) => {
      const links: unknown = JSON.parse(await lab.executor.run(['ip', '-n', place, '-j', 'link'], signal));
      if (!Array.isArray(links)) throw new Error(`ip gave no list of the links of ${place}`);
      return links.map((link: { ifindex?: unknown; ifname?: unknown }) => ({
        place,
        ifindex: Number(link.ifindex),
        name: String(link.ifname),
      }));
    }),
  );
  return found.flat();
}

/** Whether the tracer was built; thrown before anything is opened. */
export function requireTracer(): void {
  if (existsSync(nativeBinary('hoptrace'))) return;
  throw new HoplabError({
    code: 'NOT_SET_UP',
    message: `trace: hoplab-hoptrace is not built: it needs clang and libbpf`,
    hint: 'hoplab setup',
  });
}
