// SPDX-License-Identifier: GPL-2.0-only
/** Machine `local`: this machine without namespaces, its places folders below a temporary one. It proves the seam. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, machine, release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { MachineKind, OpenMachine, OpenOptions, ServiceOrder } from '../../../src/machines/machine.ts';
import { notReady, readyLine, runningService } from '../../../src/machines/running-service.ts';
import { thisMachine } from '../../../src/machines/this-machine.ts';
import { isPlace, type Where, wholeMachine } from '../../../src/model/place.ts';
import { run } from '../../../src/system/exec.ts';
import { nativeBinary } from '../../../src/system/paths.ts';
import { Scope } from '../../../src/system/scope.ts';
import { type Service, startService } from '../../../src/system/service.ts';

const SOCKET_DEADLINE_MS = 1000;
const SOCKET_POLL_MS = 5;

export const local: MachineKind = {
  kind: 'local',
  summary: 'this machine, each host a folder of it',
  requires: [],
  options: z.strictObject({
    folder: z
      .string()
      .regex(/^[a-z]+$/)
      .optional()
      .describe('Part of the name of its folder.'),
  }),
  knows: () => thisMachine,
  place: (place) => [{ on: wholeMachine(place), do: ['mkdir', place], undo: ['rm', '-r', place] }],
  show: (argv, { on }) => (isPlace(on) ? ['env', '-C', on, ...argv] : argv),
  open,
};

async function open({ id, options, logPath }: OpenOptions): Promise<OpenMachine> {
  const part = typeof options.folder === 'string' ? `${options.folder}-` : '';
  const folder = await mkdtemp(join(tmpdir(), `hoplab-local-${id}-${part}`));
  const scope = new Scope();
  scope.defer('remove the folder', () => rm(folder, { recursive: true, force: true }));
  const folderOf = (on: Where) => (isPlace(on) ? join(folder, on) : folder);
  /** An absolute path is one below the folder: nothing outside is touched. */
  const below = (path: string) => join(folder, path);
  return {
    async run(argv, { on, ...options }) {
      return (await run(argv, { ...options, cwd: folderOf(on) })).stdout;
    },

    async start(order) {
      const { name, argv, on, signal, input, ready, maxOutputBytes } = order;
      const line = readyLine(ready);
      const service = await startService(argv, {
        ...{ name, signal, cwd: folderOf(on), logFile: logPath(name), ...line.options },
        ...(input === undefined ? {} : { stdin: input }),
        ...(maxOutputBytes === undefined ? {} : { maxOutputBytes }),
      });
      scope.use(name, service);
      if (ready?.kind === 'socket') await waitForSocket(order, service, below(ready.path));
      return runningService(service, line.line());
    },

    tool: nativeBinary,
    netns: () => '/proc/self/ns/net',
    async put(path, content, { signal, mode = 0o644 }) {
      await mkdir(dirname(below(path)), { recursive: true });
      await writeFile(below(path), content, { signal, mode });
    },
    get: (path, { signal }) => readFile(below(path), { signal }),

    async facts() {
      const cpus = Array.from({ length: availableParallelism() }, (_, cpu) => cpu);
      return { kernel: release(), arch: machine(), cpus };
    },

    async clock() {
      const beforeNs = process.hrtime.bigint();
      return { beforeNs, thereNs: process.hrtime.bigint(), afterNs: process.hrtime.bigint() };
    },

    [Symbol.asyncDispose]: () => scope.close(),
  };
}

async function waitForSocket({ signal }: ServiceOrder, service: Service, path: string): Promise<void> {
  for (let waited = 0; waited < SOCKET_DEADLINE_MS && service.running; waited += SOCKET_POLL_MS) {
    if (existsSync(path)) return;
    await delay(SOCKET_POLL_MS, undefined, { signal });
  }
  const error = notReady(service, `no socket ${path} after ${SOCKET_DEADLINE_MS} ms`, 'look into its log');
  await service.stop();
  throw error;
}
