/** `hoplab trace --explain`: the functions that one packet passes in the guest's kernel, by its function_graph tracer. */
import { HoplabError, reasonOf } from '../model/errors.ts';
import type { LabSpec } from '../model/lab-spec.ts';
import type { Plan } from '../model/plan.ts';
import type { Progress } from '../model/progress.ts';
import { createDiagnosisFolder } from '../run-store/diagnosis-folder.ts';
import { readMachineFacts } from '../system/facts.ts';
import { takeMeasuringLock } from '../system/measuring-lock.ts';
import { type FunctionPath, GRAPH_ROOTS, lastTransaction } from '../trace/function-graph.ts';
import { bootPlugged } from './boot-plugged.ts';
import type { GuestSession } from './guest-session.ts';
import { stillSpec } from './look-at-lab.ts';
import { measureInLab } from './measure-in-lab.ts';
import { unavailableHere } from './needs.ts';
import { openLab } from './open.ts';
import { planLab } from './plan.ts';
import { planTraceBlocks } from './schedule-trace.ts';

const TRACEFS = '/sys/kernel/tracing';
/** The first transactions are a cold path's; more than a few overwrite each other in the kernel's buffer. */
const TRANSACTIONS = 20;
/** Deep enough for a driver below TCP, and no deeper than a terminal is wide. */
const DEPTH = 20;

export interface ExplainRequest {
  readonly spec: LabSpec;
  readonly runsRoot: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface ExplainedPath {
  readonly path: string;
  readonly guest: string;
  readonly functions: FunctionPath;
  /** Where it was kept. */
  readonly file: string;
}

/** Throws TRACE_FAILED where the kernel offers no such tracer. Nothing is measured. */
export async function explainTrace({ spec, runsRoot, progress, signal }: ExplainRequest): Promise<ExplainedPath> {
  const [unavailable, facts] = await Promise.all([unavailableHere(spec, signal), readMachineFacts()]);
  const plan = planLab(stillSpec(spec), facts, unavailable);
  const [path] = plan.paths;
  if (path === undefined || plan.paths.length > 1 || path.backendPlan.nic === null) throw notOne(plan);
  await using _lock = await takeMeasuringLock();
  const folder = await createDiagnosisFolder(runsRoot, new Date());
  await using lab = await openLab(plan, { id: folder.id, signal, progress, logPath: folder.logPath });
  const { session, failed } = await bootPlugged(lab, { busybox: null, progress, signal });
  await using guest = session;
  for (const error of failed.values()) throw error;
  const [probe] = spec.probes;
  if (probe === undefined) throw new Error('a trace without a probe');
  const schedule = { probe, pairs: 1, count: TRANSACTIONS, warmup: TRANSACTIONS, seed: spec.seed };
  const [planned] = planTraceBlocks(plan.paths, schedule);
  if (planned === undefined) throw notOne(plan);
  const text = await progress.step(`follow a packet of ${path.name} through the guest`, async () => {
    const names = [path.name];
    await setUp(guest, signal);
    const watch = async () => {
      await write(guest, 'tracing_on', '1', signal);
      return { stop: () => write(guest, 'tracing_on', '0', signal) };
    };
    await measureInLab({ lab, session: guest, planned, names, watch, signal });
    return (await guest.guest.agent.readFile(`${TRACEFS}/trace`, { signal })).toString('latin1');
  });
  const functions = lastTransaction(text);
  if (functions === null) {
    throw new HoplabError({
      code: 'TRACE_FAILED',
      message: `follow a packet of ${path.name}: the guest's function_graph tracer wrote no whole transaction (${text.length} bytes)`,
      hint: 'another guest kernel: hoplab trace --explain --kernel host',
    });
  }
  await folder.write('functions.txt', text);
  await folder.giveLogs();
  return { path: path.name, guest: guest.guest.hello.release, functions, file: `${folder.path}/functions.txt` };
}

async function setUp(guest: GuestSession, signal: AbortSignal): Promise<void> {
  try {
    await write(guest, 'tracing_on', '0', signal);
    await write(guest, 'current_tracer', 'function_graph', signal);
    await write(guest, 'max_graph_depth', String(DEPTH), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new HoplabError({
      code: 'TRACE_FAILED',
      message: `follow a packet: the guest's kernel ${guest.guest.hello.release} offers no function_graph tracer: ${reasonOf(error)}`,
      hint: 'hoplab trace without --explain needs no such tracer; or another guest kernel: --kernel FILE',
      cause: error,
    });
  }
  // A kernel has some of these functions, by version and as its modules are loaded: those are followed.
  const found: string[] = [];
  for (const name of [...GRAPH_ROOTS.send, ...GRAPH_ROOTS.other]) {
    const known = await write(guest, 'set_graph_function', [...found, name].join('\n'), signal).then(
      () => true,
      () => false,
    );
    if (known) found.push(name);
  }
  await write(guest, 'set_graph_function', found.join('\n'), signal);
}

function write(guest: GuestSession, name: string, content: string, signal: AbortSignal): Promise<void> {
  return guest.guest.agent.writeFile(`${TRACEFS}/${name}`, 0o644, `${content}\n`, { signal });
}

function notOne({ paths }: Plan): HoplabError {
  return new HoplabError({
    code: 'USAGE',
    message: `follow a packet through the guest: that takes one path with a guest, got ${paths.map(({ name }) => name).join(', ')}`,
    hint: 'hoplab trace tap --explain',
  });
}
