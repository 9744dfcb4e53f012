/** The prober in a host of the lab or in the guest. */
import { HoplabError } from '../model/errors.ts';
import type { ToolEnd, ToolPlace } from './tool-place.ts';

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

type Role = 'client' | 'server';

/** The prober pins itself, so that it can say what was granted. Errors are PROBE_FAILED. */
export function proberPlace(tools: ToolPlace): ProberPlace {
  const where = tools.where === 'guest' ? 'the guest' : tools.where;
  const order = (role: Role, input: string, signal: AbortSignal) =>
    ({
      tool: 'prober',
      words: [role],
      input,
      name: `prober-${role}`,
      signal,
      maxOutputBytes: MAX_CONTAINER_BYTES,
    }) as const;
  const outputOf = (role: Role, { code, signal, output, said }: ToolEnd) => {
    if (code === 0) return output;
    throw probeError(role, where, `${signal ?? `status ${code}`}: ${said}`);
  };
  return {
    async startServer(planText, signal) {
      const server = await tools.start(order('server', planText, signal));
      return { stop: async () => outputOf('server', await server.stop()) };
    },

    async runClient(planText, { signal, timeoutMs }) {
      const end = await tools.run({ ...order('client', planText, signal), timeoutMs });
      if (end === null) throw probeError('client', where, `it did not end within ${timeoutMs} ms`);
      return outputOf('client', end);
    },
  };
}

function probeError(role: Role, where: string, came: string): HoplabError {
  return new HoplabError({
    code: 'PROBE_FAILED',
    message: `run the prober's ${role} in ${where}: ${came}`,
    hint: 'the logs folder of the run has what it said',
  });
}
