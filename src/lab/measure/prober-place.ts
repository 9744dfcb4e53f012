// SPDX-License-Identifier: GPL-2.0-only
/** The prober in a host of the lab or in the guest. */
import type { ToolEnd, ToolPlace } from '../../machines/tools.ts';
import { HoplabError } from '../../model/errors.ts';

/** A server that answers until it is stopped; its dump of residence times is what it leaves. */
interface RunningServer {
  readonly pid: number;
  stop(): Promise<Buffer>;
}

/** A client that waits for its plan: what it does can be watched from its first packet on. */
interface HeldClient extends AsyncDisposable {
  readonly pid: number;
  /** Runs it to its end and returns its container of samples. */
  run(planText: string, options: { readonly signal: AbortSignal; readonly timeoutMs: number }): Promise<Buffer>;
}

export interface ProberPlace {
  /** Starts the server and waits until all its sockets listen. */
  startServer(planText: string, signal: AbortSignal): Promise<RunningServer>;
  /** Starts the client and leaves it waiting. */
  holdClient(signal: AbortSignal): Promise<HeldClient>;
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
      const server = await tools.start(order('server', planText, signal)).catch(asProbeError);
      return { pid: server.pid, stop: async () => outputOf('server', await server.stop()) };
    },

    async holdClient(signal) {
      const held = await tools.hold(order('client', '', signal));
      return {
        pid: held.pid,
        async run(planText, options) {
          const end = await held.run(planText, options);
          if (end !== null) return outputOf('client', end);
          throw probeError('client', where, `it did not end within ${options.timeoutMs} ms`);
        },
        [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
      };
    },
  };
}

/** A prober that did not start is a probe that failed, not a service of the lab. */
function asProbeError(error: unknown): never {
  if (!(error instanceof HoplabError && error.code === 'SERVICE_FAILED')) throw error;
  const { message, hint } = error;
  throw new HoplabError({ code: 'PROBE_FAILED', message, ...(hint === undefined ? {} : { hint }), cause: error });
}

function probeError(role: Role, where: string, came: string): HoplabError {
  return new HoplabError({
    code: 'PROBE_FAILED',
    message: `run the prober's ${role} in ${where}: ${came}`,
    hint: 'the logs folder of the run has what it said',
  });
}
