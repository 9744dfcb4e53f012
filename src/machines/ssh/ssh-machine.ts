// SPDX-License-Identifier: GPL-2.0-only
/** Another machine as it is visited: the lab's namespaces are held there by the same launcher as here. */
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { HoplabError } from '../../model/errors.ts';
import { isPlace } from '../../model/place.ts';
import { parseCpuList } from '../../system/facts.ts';
import { enterWords, type Inside } from '../../system/namespaces.ts';
import type { Machine, OpenOptions, Running, ServiceOrder } from '../machine.ts';
import { argvOn } from '../netns/argv.ts';
import { runOver, startOver } from '../over-agent.ts';
import type { Visit } from './visit.ts';

const SOCKET_DEADLINE_MS = 5000;
const SOCKET_POLL_MS = 50;
const CHILD_DEADLINE_MS = 10_000;
const CHILD_POLL_MS = 20;
const COPY_MS = 120_000;
const LOG_HINT = 'look into its log in the run folder';

export interface HeldThere {
  readonly visit: Visit;
  /** Pid 1 of the lab there, as seen from outside. */
  readonly pid: number;
  readonly host: string;
  readonly logPath: OpenOptions['logPath'];
}

/** The machine over namespaces that somebody else closes. */
export function sshMachine({ visit, pid, host, logPath }: HeldThere): Machine {
  const { agent, tool } = visit;
  let runs = 0;
  /** A file that only the lab's mounts have is reached through the root of a process inside. */
  const seen = (path: string) => `/proc/${pid}/root${path}`;
  const enter = (argv: readonly string[], inside: Inside = {}) => [tool('launch'), ...enterWords(pid, inside), ...argv];
  const machine: Machine = {
    run: (argv, { on, asTyped = false, signal, timeoutMs }) =>
      runOver(agent, {
        ...{ name: `run-${runs++}`, argv: enter(argvOn(on, argv, { asTyped })), shown: argv, signal },
        ...{ what: `build the lab on ${host}` },
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      }),

    async start(order) {
      const { name, argv, on, signal, input, ready, ...scheduling } = order;
      const { maxOutputBytes: _, ...inside } = scheduling;
      const log = logPath(name);
      await writeFile(log, '');
      const running = await startOver(agent, {
        ...{ name, signal, line: ready?.kind === 'line', hint: LOG_HINT },
        argv: enter(argv, isPlace(on) ? { ...inside, netns: on } : inside),
        ...(input === undefined ? {} : { input }),
        keepLog: (said) => writeFile(log, said === '' ? '' : `${said}\n`),
      });
      const launched: Running = { ...running, pid: () => childOf(running, signal) };
      if (ready?.kind === 'socket') await waitForSocket(order, launched, ready.path);
      return launched;
    },

    tool,
    netns: (place) => `/run/netns/${place}`,
    put: (path, content, { signal, mode = 0o644 }) =>
      agent.writeFile(seen(path), mode, content, { signal, timeoutMs: COPY_MS }),
    get: (path, { signal }) => agent.readFile(seen(path), { signal, timeoutMs: COPY_MS }),

    async facts(signal) {
      const { release, machine: arch } = await agent.hello({ signal });
      const online = await agent.readFile('/sys/devices/system/cpu/online', { signal });
      return { kernel: release, arch, cpus: parseCpuList(online.toString('latin1')) };
    },

    async clock(signal) {
      const beforeNs = process.hrtime.bigint();
      const thereNs = await agent.clockNs({ signal });
      return { beforeNs, thereNs, afterNs: process.hrtime.bigint() };
    },
  };

  /** The process behind the launcher, which stays outside the lab's pid namespace: its only child, once that is there. */
  async function childOf(launcher: Running, signal: AbortSignal): Promise<number> {
    const id = await launcher.pid();
    const deadline = performance.now() + CHILD_DEADLINE_MS;
    while (performance.now() < deadline) {
      const children = await agent.readFile(`/proc/${id}/task/${id}/children`, { signal }).catch(() => Buffer.of());
      const child = Number(children.toString('latin1').trim().split(' ')[0]);
      if (child > 0) return child;
      await delay(CHILD_POLL_MS, undefined, { signal });
    }
    throw new HoplabError({
      code: 'SERVICE_FAILED',
      message: `start a service on ${host}: its launcher started nothing`,
    });
  }

  async function waitForSocket({ name, on, signal }: ServiceOrder, running: Running, path: string): Promise<void> {
    const there = () => machine.run(['test', '-S', path], { on, signal }).then(yes, no);
    const ended = () => agent.waitEnd(name, { signal, timeoutMs: 0 }).then(yes, no);
    let came = `no socket ${path} after ${SOCKET_DEADLINE_MS} ms`;
    const deadline = performance.now() + SOCKET_DEADLINE_MS;
    while (performance.now() < deadline) {
      if (await there()) return;
      if (await ended()) {
        came = 'it ended';
        break;
      }
      await delay(SOCKET_POLL_MS, undefined, { signal });
    }
    const said = (await agent.errors(name, { signal })).trim().split('\n').slice(-5).join(' | ') || '(none)';
    await running[Symbol.asyncDispose]();
    throw new HoplabError({
      code: 'SERVICE_FAILED',
      message: `start ${name}: ${came}; last output: ${said}`,
      hint: LOG_HINT,
    });
  }
  return machine;
}

const yes = () => true;
const no = () => false;
