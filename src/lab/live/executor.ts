/** Runs the commands and services of paths inside the lab's namespaces. */
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { HoplabError } from '../../model/errors.ts';
import type { PlannedService } from '../../model/plan.ts';
import type { LabNamespaces } from '../../system/namespaces.ts';
import type { Service } from '../../system/service.ts';
import type { LabExecutor } from './attach.ts';

const SOCKET_DEADLINE_MS = 5000;
const SOCKET_POLL_MS = 5;

export interface ExecutorOptions {
  readonly namespaces: LabNamespaces;
  /** The log file of a process by its name. */
  readonly logPath: (name: string) => string;
  /** CPU and SCHED_FIFO priority of the paths' services. */
  readonly cpu: number;
  readonly fifo: number;
}

export function createExecutor({ namespaces, logPath, cpu, fifo }: ExecutorOptions): LabExecutor {
  return {
    async run(argv, signal) {
      return (await namespaces.run(argv, { signal, what: 'build the lab' })).stdout;
    },
    async start(planned, signal) {
      const service = await namespaces.start(
        planned.argv,
        { name: planned.name, signal, logFile: logPath(planned.name) },
        { netns: planned.host, cpu, fifo },
      );
      try {
        await waitForSocket(planned, { service, namespaces, signal });
      } catch (error) {
        await service.stop();
        throw error;
      }
      return service;
    },
  };
}

/** The socket is in a tmpfs of the lab's mount namespace, so it is seen through the root of a process inside. */
async function waitForSocket(
  planned: PlannedService,
  { service, namespaces, signal }: { service: Service; namespaces: LabNamespaces; signal: AbortSignal },
): Promise<void> {
  if (planned.readySocket === null) return;
  const seen = `/proc/${namespaces.pid}/root${planned.readySocket}`;
  for (let waited = 0; waited < SOCKET_DEADLINE_MS && service.running; waited += SOCKET_POLL_MS) {
    if (existsSync(seen)) return;
    await delay(SOCKET_POLL_MS, undefined, { signal });
  }
  throw new HoplabError({
    code: 'SERVICE_FAILED',
    message: `start ${planned.name}: ${service.running ? `no socket ${planned.readySocket} after ${SOCKET_DEADLINE_MS} ms` : 'it ended'}; last output: ${service.lastLines(5).join(' | ') || '(none)'}`,
    hint: `run it by hand: hoplab shell ${planned.host}`,
  });
}
