// SPDX-License-Identifier: GPL-2.0-only
/** Machine `netns`: this machine, each place a network namespace inside the lab's own namespaces. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { HoplabError } from '../../model/errors.ts';
import { HOST1, isPlace, type Where, wholeMachine } from '../../model/place.ts';
import type { NicOrder } from '../../model/plan.ts';
import { deadlineMs } from '../../system/deadline.ts';
import { runInteractive } from '../../system/exec.ts';
import { readMachineFacts } from '../../system/facts.ts';
import { Journal } from '../../system/journal.ts';
import { type Inside, LabNamespaces } from '../../system/namespaces.ts';
import { nativeBinary } from '../../system/paths.ts';
import { Scope } from '../../system/scope.ts';
import type { Service } from '../../system/service.ts';
import { childrenOf } from '../../system/threads.ts';
import { lender } from '../borrow/loan.ts';
import type { Machine, MachineKind, OpenMachine, OpenOptions, ServiceOrder } from '../machine.ts';
import { notReady, readyLine, runningService } from '../running-service.ts';
import { thisMachine } from '../this-machine.ts';
import { argvOn } from './argv.ts';
import { lentNics } from './lent-nics.ts';
import { outsideOf } from './outside.ts';

const SOCKET_DEADLINE_MS = 5000;
const SOCKET_POLL_MS = 5;
const CHILD_DEADLINE_MS = 10_000;
const CHILD_POLL_MS = 2;

/** Settings that keep a place silent between the transactions. */
const QUIET: readonly string[] = [
  // No neighbour discovery, no router solicitations.
  'net.ipv6.conf.all.disable_ipv6=1',
  'net.ipv6.conf.default.disable_ipv6=1',
  // No ARP probes of a neighbour that answered before, for the length of any run.
  'net.ipv4.neigh.default.base_reachable_time_ms=7200000',
];

export const netns: MachineKind = {
  kind: 'netns',
  summary: 'this machine, each host a network namespace of it',
  requires: [
    { kind: 'linux' },
    { kind: 'root' },
    { kind: 'tool', name: 'ip', package: 'iproute2', minimum: null },
    { kind: 'tool', name: 'sysctl', package: 'procps', minimum: null },
  ],
  options: z.strictObject({}),
  knows: () => thisMachine,
  place: (place) => [
    { on: wholeMachine(place), do: ['ip', 'netns', 'add', place], undo: ['ip', 'netns', 'del', place] },
    { on: place, do: ['ip', 'link', 'set', 'lo', 'up'], undo: null },
    // -e: a kernel without IPv6 has no such keys.
    { on: place, do: ['sysctl', '-q', '-e', '-w', ...QUIET], undo: null },
  ],
  show: (argv, { on, ...how }) => argvOn(on, argv, how),
  open,
};

async function open({ id, signal, logPath }: OpenOptions): Promise<OpenMachine> {
  const journal = await Journal.create(id);
  const scope = new Scope();
  scope.defer('remove the journal', () => journal.remove());
  const nics = scope.use('give the NICs back', lentNics(journal, logPath));
  try {
    const namespaces = scope.use('close the namespaces', await LabNamespaces.open({ signal, journal }));
    const machine = netnsMachine(namespaces, logPath);
    return {
      ...machine,
      journal,
      borrow: lender(outsideOf({ namespaces, journal }), scope),
      assign: (order: NicOrder, during: AbortSignal) =>
        nics.assign(order, { host1: `/proc/${namespaces.pid}/root/run/netns/${HOST1}`, signal: during }),
      [Symbol.asyncDispose]: () => scope.close(),
    };
  } catch (error) {
    await scope.close();
    throw error;
  }
}

/** The machine over namespaces that somebody else closes. */
export function netnsMachine(namespaces: LabNamespaces, logPath: OpenOptions['logPath']): Machine {
  /** A file that only the lab's mounts have is reached through the root of a process inside. */
  const seen = (path: string) => `/proc/${namespaces.pid}/root${path}`;
  return {
    async run(argv, { on, asTyped = false, ...options }) {
      return (await namespaces.run(argvOn(on, argv, { asTyped }), { ...options, what: 'build the lab' })).stdout;
    },

    async start(order) {
      const { name, argv, on, signal, input, ready, maxOutputBytes, ...scheduling } = order;
      const line = readyLine(ready);
      const service = await namespaces.start(
        argv,
        {
          ...{ name, signal, logFile: logPath(name), ...line.options },
          ...(input === undefined ? {} : { stdin: input }),
          ...(maxOutputBytes === undefined ? {} : { maxOutputBytes }),
        },
        inside(on, scheduling),
      );
      try {
        if (ready?.kind === 'socket') await waitForSocket(order, service, { path: ready.path, seen: seen(ready.path) });
      } catch (error) {
        await service.stop();
        throw error;
      }
      return runningService(service, line.line(), (launcher) => launched(launcher, signal));
    },

    tool: nativeBinary,
    netns: (place) => `/run/netns/${place}`,
    put: (path, content, { signal, mode = 0o644 }) => writeFile(seen(path), content, { signal, mode }),
    get: (path, { signal }) => readFile(seen(path), { signal }),

    async facts() {
      const { arch, cpus } = await readMachineFacts();
      return { kernel: release(), arch, cpus };
    },

    /** It is our own. */
    async clock() {
      const beforeNs = process.hrtime.bigint();
      return { beforeNs, thereNs: process.hrtime.bigint(), afterNs: process.hrtime.bigint() };
    },

    host: {
      launch: (argv, { on, name, signal, extraPipes, logFile, ...rest }) =>
        namespaces.start(
          argv,
          { name, signal, logFile, ...(extraPipes === undefined ? {} : { extraPipes }) },
          { netns: on, ...rest },
        ),
      interact: (argv, { on, env }) => runInteractive(namespaces.enter(argv, { netns: on }), { env }),
    },
  };
}

function inside(on: Where, scheduling: Omit<Inside, 'netns'>): Inside {
  return isPlace(on) ? { ...scheduling, netns: on } : scheduling;
}

async function waitForSocket(
  { on, signal }: ServiceOrder,
  service: Service,
  { path, seen }: { readonly path: string; readonly seen: string },
): Promise<void> {
  const limitMs = deadlineMs(SOCKET_DEADLINE_MS);
  for (let waited = 0; waited < limitMs && service.running; waited += SOCKET_POLL_MS) {
    if (existsSync(seen)) return;
    await delay(SOCKET_POLL_MS, undefined, { signal });
  }
  const hint = `run it by hand: hoplab shell${isPlace(on) ? ` ${on}` : ''}`;
  throw notReady(service, `no socket ${path} after ${limitMs} ms`, hint);
}

/** The process behind a launcher, which stays outside the lab's pid namespace: its only child, once that is there. */
async function launched(launcher: Service, signal: AbortSignal): Promise<number> {
  for (let waited = 0; waited < deadlineMs(CHILD_DEADLINE_MS); waited += CHILD_POLL_MS) {
    const [child] = await childrenOf(launcher.pid);
    if (child !== undefined) return child;
    if (!launcher.running) break;
    await delay(CHILD_POLL_MS, undefined, { signal });
  }
  throw new HoplabError({ code: 'SERVICE_FAILED', message: `start ${launcher.name}: its launcher started nothing` });
}
