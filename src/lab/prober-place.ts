/** Where a prober can run: a host of the lab, or the guest. Both take the same plan text and give the same bytes. */
import { HoplabError } from '../model/errors.ts';
import type { Host } from '../model/plan.ts';
import type { LabNamespaces } from '../system/namespaces.ts';
import { nativeBinary } from '../system/paths.ts';

/** A server that answers until it is stopped; its dump of residence times is what it leaves. */
export interface RunningServer {
  stop(): Promise<Buffer>;
}

export interface ProberPlace {
  /** Starts the server and waits until all its sockets listen. */
  startServer(planText: string, signal: AbortSignal): Promise<RunningServer>;
  /** Runs the client to its end and returns its container of samples. */
  runClient(planText: string, options: { readonly signal: AbortSignal; readonly timeoutMs: number }): Promise<Buffer>;
}

/** A million samples of 32 bytes, with room to spare. */
const MAX_CONTAINER_BYTES = 256 << 20;
/** A server writes its dump and ends in milliseconds; one that does not is ended. */
const STOP_MS = 10_000;

export interface HostPlaceOptions {
  readonly namespaces: LabNamespaces;
  readonly host: Host;
  readonly logPath: (name: string) => string;
}

/** The prober in one of the lab's hosts. The prober pins itself, so that it can say what was granted. */
export function hostPlace({ namespaces, host, logPath }: HostPlaceOptions): ProberPlace {
  const binary = nativeBinary('prober');
  return {
    async startServer(planText, signal) {
      const server = await namespaces.start(
        [binary, 'server'],
        {
          name: `prober-server-${host}`,
          signal,
          logFile: logPath(`prober-server-${host}`),
          stdin: planText,
          ready: (line) => line === 'ready',
          maxOutputBytes: MAX_CONTAINER_BYTES,
        },
        { netns: host },
      );
      return {
        stop: async () => {
          server.stdin.end();
          const timer = setTimeout(() => void server.stop(), STOP_MS);
          const { code, signal: by } = await server.exited;
          clearTimeout(timer);
          if (code !== 0)
            throw probeError('server', host, `${by ?? `status ${code}`}: ${server.lastLines(3).join(' | ')}`);
          const output = server.output();
          return output.subarray(output.indexOf('\n') + 1);
        },
      };
    },

    async runClient(planText, { signal, timeoutMs }) {
      await using client = await namespaces.start(
        [binary, 'client'],
        {
          name: `prober-client-${host}`,
          signal,
          logFile: logPath(`prober-client-${host}`),
          stdin: planText,
          maxOutputBytes: MAX_CONTAINER_BYTES,
        },
        { netns: host },
      );
      client.stdin.end();
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const stop = () => void client.stop();
      deadline.addEventListener('abort', stop, { once: true });
      const { code, signal: by } = await client.exited;
      deadline.removeEventListener('abort', stop);
      signal.throwIfAborted();
      if (deadline.aborted) throw probeError('client', host, `it did not end within ${timeoutMs} ms`);
      if (code !== 0) throw probeError('client', host, `${by ?? `status ${code}`}: ${client.lastLines(3).join(' | ')}`);
      return client.output();
    },
  };
}

export function probeError(role: 'client' | 'server', where: string, came: string): HoplabError {
  return new HoplabError({
    code: 'PROBE_FAILED',
    message: `run the prober's ${role} in ${where}: ${came}`,
    hint: 'the logs folder of the run has what it said',
  });
}
