// SPDX-License-Identifier: GPL-2.0-only
/** Our native tools at a place, whatever machine that is on: they take the same words and stdin, and give the same bytes. */
import type { Place } from '../model/place.ts';
import type { NativeTool } from '../system/paths.ts';
import type { End, Machine, Ready, Scheduling } from './machine.ts';

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

export type ToolEnd = Omit<End, 'late'>;

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

/** A tool writes what it has and ends in milliseconds; one that does not is ended. */
const STOP_MS = 10_000;
/**
 * The tools place themselves, so that they can say what was granted. A prober that blocks sleeps in each transaction, and
 * one that spins takes no real-time priority.
 */
const PLACING_ITSELF: Scheduling = { realTime: { priority: 0, awakeMs: 5000 } };

/** The tools at one of the machine's places. */
export function toolsOn(machine: Machine, where: Place): ToolPlace {
  const begin = ({ tool, words, name, ...order }: ToolOrder, ready: Ready | null) =>
    machine.start({
      ...{ ...order, ...PLACING_ITSELF },
      ...{ on: where, name: `${name}-${where}`, argv: [machine.tool(tool), ...words] },
      ...(ready === null ? {} : { ready }),
    });
  return {
    where,
    async start(order) {
      const running = await begin(order, { kind: 'line' });
      const { ready } = running;
      return {
        ...{ ready, pid: await running.pid() },
        async stop() {
          // Stopping belongs to the end of work that may have been interrupted: it has its own deadline.
          const end = await running.end({ signal: NEVER, timeoutMs: STOP_MS });
          return { ...end, output: end.output.subarray(end.output.indexOf('\n') + 1) };
        },
      };
    },

    async run({ timeoutMs, ...order }) {
      await using running = await begin(order, null);
      // Awaited here: what is returned unawaited is disposed of before it has ended.
      return await inTime(running.end({ signal: order.signal, timeoutMs }));
    },

    async hold(order) {
      const running = await begin({ ...order, input: '' }, null);
      try {
        return {
          pid: await running.pid(),
          async run(input, options) {
            await running.write(input, options.signal);
            return inTime(running.end(options));
          },
          [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
        };
      } catch (error) {
        await running[Symbol.asyncDispose]();
        throw error;
      }
    },
  };
}

const NEVER = new AbortController().signal;

async function inTime(ending: Promise<End>): Promise<ToolEnd | null> {
  const { late, ...end } = await ending;
  return late ? null : end;
}
