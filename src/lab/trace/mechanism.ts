// SPDX-License-Identifier: GPL-2.0-only
/** Starts a machine's tracer by the best mechanism that its kernel grants, and says why it is not a better one. */

import type { RunningTool } from '../../machines/tools.ts';
import { type Attempt, done, notDone } from '../../model/attempt.ts';
import { HoplabError, reasonOf } from '../../model/errors.ts';
import type { TracedMachineContext } from '../../model/trace-context.ts';
import type { MechanismChoice, PassedOver, TraceMechanism } from '../../model/trace-mechanism.ts';
import { instanceName, instancePath, removeInstances, TRACEFS } from '../../system/tracefs-instances.ts';
import { parseTraceHeader } from '../../trace/records/file-text.ts';
import { parsePagesHeader, refusedPoints } from '../../trace/tracefs/header.ts';
import { planEvents, STREAMS } from '../../trace/tracefs/plan-events.ts';
import { type Lab, machineAt, toolsAt } from '../live/open.ts';
import { type TracerPlan, tracerPlanText } from './plan.ts';
import type { Traced } from './traced-machines.ts';

export interface At {
  readonly lab: Lab;
  readonly signal: AbortSignal;
}

export interface StartedTracer {
  readonly running: RunningTool;
  readonly mechanism: TraceMechanism;
  readonly passedOver: readonly PassedOver[];
  /** The tracer looks the namespaces up itself, and says which it found; by tracefs it is not asked. */
  readonly namespaces: TracedMachineContext['namespaces'];
  /** What it leaves on the machine is taken away. */
  readonly cleanUp: () => Promise<void>;
}

export interface StartOptions extends At {
  readonly traced: Traced;
  readonly plan: TracerPlan;
  readonly choice: MechanismChoice;
  /** Of the namespaces of the plan, for a mechanism that does not look them up. */
  readonly inodes: () => Promise<TracedMachineContext['namespaces']>;
}

/** Unique on this machine while it is up: two blocks of one lab never share an instance. */
let starts = 0;

/** Throws only what has nothing to do with the kernel's permission: an interrupt, a guest that is gone. */
export async function startMechanism(options: StartOptions): Promise<Attempt<StartedTracer, readonly PassedOver[]>> {
  const { choice, lab, traced } = options;
  const passedOver: PassedOver[] = [];
  for (const mechanism of ['bpf', 'tracefs'] as const) {
    if (choice !== 'auto' && choice !== mechanism) continue;
    try {
      const started = await (mechanism === 'bpf' ? startBpf(options) : startTracefs(options));
      if (started.ok) return done({ ...started.value, passedOver });
      passedOver.push({ mechanism, why: started.why });
    } catch (error) {
      options.signal.throwIfAborted();
      if (traced.isGuest && lab.guests.get(traced.place)?.guest.service.running !== true) throw error;
      passedOver.push({ mechanism, why: reasonOf(error) });
    }
  }
  return notDone(passedOver);
}

type Start = Omit<StartedTracer, 'passedOver'>;

async function startBpf(options: StartOptions): Promise<Attempt<Start>> {
  const running = await startTool(options, [], tracerPlanText(options.plan));
  const parsed = parseTraceHeader(running.ready.replace(/^ready ?/, ''));
  if (parsed.ok && parsed.value.asked.length > 0 && parsed.value.refused.length >= parsed.value.asked.length) {
    await running.stop();
    return notDone(`its kernel takes none of the points: ${parsed.value.refused[0]?.why ?? 'it said nothing'}`);
  }
  const namespaces = parsed.ok ? parsed.value.namespaces : [];
  return done({ running, mechanism: 'bpf', namespaces, cleanUp: async () => undefined });
}

async function startTracefs(options: StartOptions): Promise<Attempt<Start>> {
  const { traced, plan, lab, inodes } = options;
  const number = starts++;
  const names = STREAMS.map((stream) => instanceName(lab.id, number, `${traced.id}-${stream}`));
  const paths = names.map(instancePath);
  // A guest's end with the guest.
  const { journal } = machineAt(lab, traced.place);
  await journal?.record({ kind: 'tracefs', instances: paths });
  const cleanUp = async () => {
    if (journal !== undefined) await removeInstances(paths);
  };
  try {
    const running = await startTool(options, ['tracefs'], tracefsPlanText(traced, plan, names));
    const parsed = parsePagesHeader(running.ready.replace(/^ready ?/, ''));
    const refused = parsed.ok ? refusedPoints(parsed.value) : [];
    const missing = parsed.ok ? parsed.value.refusedEvents.filter(({ name }) => NEEDED.includes(name)) : [];
    if (!parsed.ok || missing.length > 0 || refused.length >= plan.points.length) {
      await running.stop();
      await cleanUp();
      if (!parsed.ok) return notDone(`its header cannot be read: ${parsed.why}`);
      const [first] = [...missing.map(({ name, why }) => `${name}: ${why}`), ...refused.map(({ why }) => why)];
      return notDone(`without it no event can be tied to a transaction: ${first}`);
    }
    return done({ running, mechanism: 'tracefs', namespaces: await inodes(), cleanUp });
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

/** What begins a message. */
const NEEDED = ['raw_syscalls/sys_enter', 'raw_syscalls/sys_exit'];

/** The words of `hoptrace tracefs`: see native/hoptrace/tracefs/tracefs.c. */
function tracefsPlanText({ isGuest, isHere }: Traced, plan: TracerPlan, instances: readonly string[]): string {
  const { points, devices, threads, ports, bufferBytes, drainMs, output } = plan;
  const { events, pointEvents } = planEvents({ inGuest: isGuest, points, devices });
  // Of a process that is seen from here all threads are listed; elsewhere the tracer finds them itself ("+").
  const wordOf = ({ tid, process }: (typeof threads)[number]) => `${tid}${process && !isHere ? '+' : ''}`;
  const tids = [...new Set(threads.map(wordOf))].join(' ');
  const extra = { asked: points, events: pointEvents, ports };
  return `${[
    `root ${TRACEFS}`,
    ...STREAMS.map((stream, index) => `stream ${instances[index]}${stream === 'tasks' ? ` ${tids}` : ''}`),
    ...events.map(({ stream, event, filter }) => `event ${STREAMS.indexOf(stream)} ${event} ${filter}`.trimEnd()),
    `buffer ${Math.max(64, Math.floor(bufferBytes / STREAMS.length / 1024))}`,
    `drain ${drainMs}`,
    `extra ${JSON.stringify(extra)}`,
    `output ${output}`,
    'go',
  ].join('\n')}\n`;
}

function startTool(
  { traced, lab, signal }: StartOptions,
  words: readonly string[],
  input: string,
): Promise<RunningTool> {
  return toolsAt(traced.place, lab).start({ tool: 'hoptrace', words, input, name: 'hoptrace', signal });
}

/** Where no mechanism that the user allows works. */
export function refusedError(machine: string, choice: MechanismChoice, passedOver: readonly PassedOver[]): HoplabError {
  const why = passedOver.map((one) => `${one.mechanism}: ${one.why}`).join('; ');
  return new HoplabError({
    code: 'TRACE_REFUSED',
    message: `trace on the ${machine}: ${why}`,
    hint:
      choice === 'auto'
        ? 'hoplab trace --mechanism timestamping needs neither BPF nor tracefs; hoplab doctor says what this kernel allows'
        : 'hoplab trace --mechanism auto takes the best that works; hoplab doctor says what this kernel allows',
  });
}
