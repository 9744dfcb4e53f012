/** Where a native tool can run: a host of the lab, or the guest. Both take the same words and stdin, and give the same bytes. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Agent } from '../../guest/agent.ts';
import { HoplabError } from '../../model/errors.ts';
import type { Host, Place } from '../../model/place.ts';
import type { LabNamespaces } from '../../system/namespaces.ts';
import { type NativeTool, nativeBinary } from '../../system/paths.ts';
import type { Service } from '../../system/service.ts';
import { childrenOf } from '../../system/threads.ts';

interface ToolOrder {
  readonly tool: NativeTool;
  readonly words: readonly string[];
  /** Written to its stdin. */
  readonly input: string;
  /** Unique among what runs in the place at one time; also the name of its log. */
  readonly name: string;
  readonly signal: AbortSignal;
  /** Default 16 MiB. */
  readonly maxOutputBytes?: number;
}

/** How a tool ended: `said` is the end of what it wrote to stderr. */
export interface ToolEnd {
  readonly code: number | null;
  /** Name or number of the signal that ended it. */
  readonly signal: string | null;
  readonly output: Buffer;
  readonly said: string;
}

export interface RunningTool {
  /** Its process, in the pid namespace of whoever traces that machine: hoplab's own, or the guest's. */
  readonly pid: number;
  /** Its line "ready", with whatever it said after that word. */
  readonly ready: string;
  /** Closes its stdin, which asks it to end, and waits; ended after `STOP_MS` all the same. */
  stop(): Promise<ToolEnd>;
}

/** A tool that was started and waits for its orders on stdin. */
interface HeldTool extends AsyncDisposable {
  readonly pid: number;
  /** Gives it its orders and waits for its end; null = it did not end in time, and was ended. */
  run(input: string, options: { readonly signal: AbortSignal; readonly timeoutMs: number }): Promise<ToolEnd | null>;
}

export interface ToolPlace {
  readonly where: Place;
  /** Starts a tool that runs until its stdin is closed, and waits for its line "ready ...". Throws with what it said. */
  start(order: ToolOrder): Promise<RunningTool>;
  /** Runs a tool to its end; null = it did not end in time, and was ended. */
  run(order: ToolOrder & { readonly timeoutMs: number }): Promise<ToolEnd | null>;
  /** Starts a tool without its orders, so that its process is known before it does anything. */
  hold(order: Omit<ToolOrder, 'input'>): Promise<HeldTool>;
}

const READY_MS = 10_000;
/** A tool writes what it has and ends in milliseconds; one that does not is ended. */
const STOP_MS = 10_000;
const SAID_LINES = 3;
const CHILD_POLL_MS = 2;

export interface HostPlaceOptions {
  readonly namespaces: LabNamespaces;
  readonly host: Host;
  readonly logPath: (name: string) => string;
}

/** A host of the lab. The tools pin themselves, so that they can say what was granted. */
export function hostTools({ namespaces, host, logPath }: HostPlaceOptions): ToolPlace {
  const begin = (
    { tool, words, input, name, signal, maxOutputBytes = 16 << 20 }: ToolOrder,
    ready: ((line: string) => boolean) | null,
  ) =>
    namespaces.start(
      [nativeBinary(tool), ...words],
      {
        name: `${name}-${host}`,
        signal,
        logFile: logPath(`${name}-${host}`),
        stdin: input,
        maxOutputBytes,
        ...(ready === null ? {} : { ready, readyTimeoutMs: READY_MS }),
      },
      { netns: host },
    );
  return {
    where: host,
    async start(order) {
      let said = '';
      const running = await begin(order, (line) => {
        if (line !== 'ready' && !line.startsWith('ready ')) return false;
        said = line;
        return true;
      });
      return {
        pid: await childOf(running.pid, order),
        ready: said,
        stop: async () => {
          running.stdin.end();
          const timer = setTimeout(() => void running.stop(), STOP_MS);
          const { code, signal } = await running.exited;
          clearTimeout(timer);
          const output = running.output();
          return {
            code,
            signal,
            output: output.subarray(output.indexOf('\n') + 1),
            said: running.lastLines(SAID_LINES).join(' | '),
          };
        },
      };
    },

    async run(order) {
      await using running = await begin(order, null);
      // Awaited here: what is returned unawaited is disposed of before it has ended.
      return await endOf(running, order);
    },

    async hold(order) {
      const running = await begin({ ...order, input: '' }, null);
      try {
        return {
          pid: await childOf(running.pid, order),
          run: (input, options) => {
            running.stdin.write(input);
            return endOf(running, options);
          },
          [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
        };
      } catch (error) {
        await running.stop();
        throw error;
      }
    },
  };
}

/** Closes the tool's stdin and waits for its end. */
async function endOf(
  running: Service,
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<ToolEnd | null> {
  running.stdin.end();
  const deadline = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]);
  const stop = () => void running.stop();
  deadline.addEventListener('abort', stop, { once: true });
  const { code, signal } = await running.exited;
  deadline.removeEventListener('abort', stop);
  options.signal.throwIfAborted();
  if (deadline.aborted) return null;
  return { code, signal, output: running.output(), said: running.lastLines(SAID_LINES).join(' | ') };
}

/** The launcher stays outside the lab's pid namespace; the tool is its only child, once it has come so far. */
async function childOf(launcher: number, { name, signal }: Pick<ToolOrder, 'name' | 'signal'>): Promise<number> {
  for (let waited = 0; waited < READY_MS; waited += CHILD_POLL_MS) {
    const [child] = await childrenOf(launcher);
    if (child !== undefined) return child;
    await delay(CHILD_POLL_MS, undefined, { signal });
  }
  throw new HoplabError({ code: 'SERVICE_FAILED', message: `start ${name}: its launcher started nothing` });
}

/** The guest, over its agent's channel: nothing is said while a tool works. */
export function guestTools(agent: Agent): ToolPlace {
  const spawn = async ({ tool, words, input, name, signal }: ToolOrder) => {
    const pid = await agent.spawn({ name, argv: [guestBinary(tool), ...words] }, { signal });
    if (input !== '') await agent.writeStdin(name, input, { signal });
    return pid;
  };
  const forget = async (name: string, signal: AbortSignal) => {
    const forgotten = agent.forget(name, { signal: AbortSignal.timeout(STOP_MS) }).catch(() => undefined); // gone with the guest
    // Interrupted work mostly takes its guest along, which may be past answering: nobody waits for that.
    if (!signal.aborted) await forgotten;
  };
  const endOf = async (name: string, options: { readonly signal: AbortSignal; readonly timeoutMs: number }) => {
    const { code, signal } = await agent.waitEnd(name, options);
    const [output, said] = [await agent.output(name, options), await agent.errors(name, options)];
    return { code, signal: signal === null ? null : `signal ${signal}`, output, said: said.trim() };
  };
  return {
    where: 'guest',
    async start(order) {
      const { name, signal } = order;
      const pid = await spawn(order);
      let ready: string;
      try {
        ready = await agent.waitLine(name, { signal, timeoutMs: READY_MS });
      } catch (error) {
        const said = await agent.errors(name, { signal }).catch(() => '');
        await agent.forget(name, { signal });
        throw said === '' ? error : startError(order, said.trim(), error);
      }
      return {
        pid,
        ready,
        stop: async () => {
          // Stopping belongs to the end of work that may have been interrupted: it has its own deadline.
          const during = { signal: AbortSignal.timeout(STOP_MS), timeoutMs: STOP_MS };
          try {
            await agent.closeStdin(name, during);
            const end = await endOf(name, during);
            return { ...end, output: end.output.subarray(end.output.indexOf('\n') + 1) };
          } finally {
            await agent.forget(name, during);
          }
        },
      };
    },

    async run(order) {
      const { name, signal, timeoutMs } = order;
      await spawn(order);
      try {
        await agent.closeStdin(name, { signal });
        return await endOf(name, { signal, timeoutMs });
      } finally {
        await forget(name, signal);
      }
    },

    async hold(order) {
      const { name, signal } = order;
      return {
        pid: await spawn({ ...order, input: '' }),
        run: async (input, options) => {
          await agent.writeStdin(name, input, options);
          await agent.closeStdin(name, options);
          return endOf(name, options);
        },
        [Symbol.asyncDispose]: () => forget(name, signal),
      };
    },
  };
}

function startError({ name, tool }: ToolOrder, said: string, cause: unknown): HoplabError {
  return new HoplabError({
    code: tool === 'prober' ? 'PROBE_FAILED' : 'SERVICE_FAILED',
    message: `start ${name} in the guest: ${said}`,
    hint: 'hoplab shell guest opens the same lab to look around',
    cause,
  });
}

/** Where a tool lies in the guest's image. */
export function guestBinary(tool: NativeTool): string {
  return `/bin/${tool}`;
}
