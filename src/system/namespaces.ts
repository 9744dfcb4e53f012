// SPDX-License-Identifier: GPL-2.0-only
/** The namespaces of one lab, alive exactly as long as this object, and commands inside them. */
import { HoplabError } from '../model/errors.ts';
import { deadlineMs } from './deadline.ts';
import { type CommandResult, type RunOptions, run } from './exec.ts';
import type { Journal } from './journal.ts';
import { nativeBinary } from './paths.ts';
import { identify } from './process-identity.ts';
import { type Service, type ServiceOptions, startService } from './service.ts';

/** Where in the lab a process runs; all members optional: the lab's own network namespace, any CPU, plain scheduling. */
export interface Inside {
  /** Network namespace, as ip-netns(8) names it. */
  readonly netns?: string;
  readonly cpu?: number;
  readonly realTime?: RealTime;
  /** Files that the process finds open. */
  readonly openFiles?: readonly { readonly fd: number; readonly path: string }[];
}

/** What a process under real-time priority is bound by. It is to sleep between events: one that does not holds its CPU. */
interface RealTime {
  /** SCHED_FIFO from its first instruction on; 0 = none, or it takes one itself later. */
  readonly priority: number;
  /** How long one of its threads may compute between two sleeps: the kernel ends a process that does for longer. */
  readonly awakeMs: number;
}

/** A tmpfs that exists inside the lab alone: sockets, device nodes. */
export const LAB_DIR = '/run/lab';

/** The kernel ends everything inside in some ten milliseconds. */
const CLOSE_MS = 3000;

export class LabNamespaces implements AsyncDisposable {
  readonly #holder: Service;
  /** Pid 1 of the lab, as seen from outside. */
  readonly pid: number;

  private constructor(holder: Service, pid: number) {
    this.#holder = holder;
    this.pid = pid;
  }

  /** Makes the namespaces. They end with `dispose`, with this process, or with their holder, whichever is first. */
  static async open(options: { readonly signal: AbortSignal; readonly journal: Journal }): Promise<LabNamespaces> {
    let pid = 0;
    const holder = await startService([nativeBinary('launch'), 'hold'], {
      name: "the lab's holder",
      signal: options.signal,
      logFile: null,
      ready: (line) => {
        const found = /^ready (\d+)$/.exec(line);
        if (found !== null) pid = Number(found[1]);
        return found !== null;
      },
    });
    const identity = await identify(pid);
    if (identity === null) {
      await holder.stop();
      throw new HoplabError({ code: 'LAB_FAILED', message: `open the lab's namespaces: pid ${pid} ended at once` });
    }
    await options.journal.record({ kind: 'holder', process: identity });
    return new LabNamespaces(holder, pid);
  }

  /** The argv that runs `argv` inside. */
  enter(argv: readonly string[], inside: Inside = {}): string[] {
    return [nativeBinary('launch'), ...enterWords(this.pid, inside), ...argv];
  }

  run(argv: readonly string[], options: RunOptions, inside: Inside = {}): Promise<CommandResult> {
    return run(this.enter(argv, inside), { shown: argv, ...options });
  }

  start(argv: readonly string[], options: ServiceOptions, inside: Inside = {}): Promise<Service> {
    return startService(this.enter(argv, inside), options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // EOF is the order to end; the kernel then ends every process inside.
    this.#holder.stdin.end();
    // A zombie inside whose parent is an init that never reaps keeps the namespaces' own init from ending: all else
    // inside is gone by then, and nobody must wait for the rest.
    const timer = setTimeout(() => void this.#holder.stop(), deadlineMs(CLOSE_MS));
    await this.#holder.exited;
    clearTimeout(timer);
  }
}

/** What the launcher is told before an argv that is to run in the lab whose pid 1 is `lab`. */
export function enterWords(lab: number, inside: Inside): string[] {
  return [
    ...['enter', '--lab', String(lab)],
    ...(inside.netns === undefined ? [] : ['--netns', inside.netns]),
    ...(inside.cpu === undefined ? [] : ['--cpu', String(inside.cpu)]),
    ...realTimeWords(inside.realTime),
    ...(inside.openFiles ?? []).flatMap(({ fd, path }) => ['--open', `${fd}=${path}`]),
    '--',
  ];
}

function realTimeWords(realTime: RealTime | undefined): string[] {
  if (realTime === undefined) return [];
  const { priority, awakeMs } = realTime;
  return ['--awake', String(Math.ceil(deadlineMs(awakeMs))), ...(priority === 0 ? [] : ['--fifo', String(priority)])];
}
