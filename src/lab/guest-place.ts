/** The prober in the guest, driven over the agent's channel: nothing is said while a block is measured. */
import type { Agent } from '../guest/agent.ts';
import { type ProberPlace, probeError } from './prober-place.ts';

const PROBER = '/bin/prober';
const CLIENT = 'client';
const SERVER = 'server';
const READY_MS = 10_000;
const STOP_MS = 10_000;

export function guestPlace(agent: Agent): ProberPlace {
  return {
    async startServer(planText, signal) {
      await agent.spawn({ name: SERVER, argv: [PROBER, 'server'] }, { signal });
      await agent.writeStdin(SERVER, planText, { signal });
      try {
        await agent.waitLine(SERVER, { signal, timeoutMs: READY_MS });
      } catch (error) {
        const said = await agent.errors(SERVER, { signal }).catch(() => '');
        await agent.forget(SERVER, { signal });
        throw said === '' ? error : probeError('server', 'the guest', said.trim());
      }
      return {
        stop: async () => {
          // Stopping belongs to the end of a block that may have been interrupted: it has its own deadline.
          const during = { signal: AbortSignal.timeout(STOP_MS) };
          try {
            await agent.closeStdin(SERVER, during);
            await agent.waitEnd(SERVER, { ...during, timeoutMs: STOP_MS });
            return await agent.output(SERVER, during);
          } finally {
            await agent.forget(SERVER, during);
          }
        },
      };
    },

    async runClient(planText, { signal, timeoutMs }) {
      await agent.spawn({ name: CLIENT, argv: [PROBER, 'client'] }, { signal });
      try {
        await agent.writeStdin(CLIENT, planText, { signal });
        await agent.closeStdin(CLIENT, { signal });
        const { code, signal: by } = await agent.waitEnd(CLIENT, { signal, timeoutMs });
        if (code !== 0) {
          const said = (await agent.errors(CLIENT, { signal })).trim();
          throw probeError('client', 'the guest', `${code === null ? `signal ${by}` : `status ${code}`}: ${said}`);
        }
        return await agent.output(CLIENT, { signal });
      } finally {
        // An interrupted block takes its guest along, which may be past answering: nobody waits for that.
        if (!signal.aborted) {
          await agent.forget(CLIENT, { signal: AbortSignal.timeout(STOP_MS) }).catch(() => undefined); // gone with the guest
        }
      }
    },
  };
}
