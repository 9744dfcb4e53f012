// SPDX-License-Identifier: GPL-2.0-only
/** A guest as a machine, over its agent's channel: nothing is said there while something works. */
import type { Agent } from '../../guest/agent.ts';
import { HoplabError } from '../../model/errors.ts';
import { failureError, timeoutError } from '../../system/exec.ts';
import type { NativeTool } from '../../system/paths.ts';
import type { CommandOptions, End, Machine, ServiceOrder } from '../machine.ts';

const READY_MS = 10_000;
const FORGET_MS = 10_000;
const RUN_MS = 30_000;

/** A guest is one place: all that runs there runs in its one network namespace. */
export function guestMachine(agent: Agent): Machine {
  let runs = 0;
  return {
    async run(argv, { signal, timeoutMs = RUN_MS }) {
      const name = `run-${runs++}`;
      const started = performance.now();
      try {
        await agent.spawn({ name, argv: inImage(argv) }, { signal });
        await agent.closeStdin(name, { signal });
        const { late, code, said, output } = await endOf(agent, name, { signal, timeoutMs });
        const stdout = output.toString('utf8');
        const result = { argv, code, signal: null, stdout, stderr: said, ms: performance.now() - started };
        if (late) throw timeoutError(result, 'run a command in the guest', timeoutMs);
        if (code !== 0) throw failureError(result, 'run a command in the guest');
        return stdout;
      } finally {
        await forget(agent, name, signal);
      }
    },

    start: (order) => start(agent, order),
    tool: guestBinary,
    netns: () => '/proc/1/ns/net',
    put: (path, content, { signal, mode = 0o644 }) => agent.writeFile(path, mode, content, { signal }),
    get: (path, { signal }) => agent.readFile(path, { signal }),

    async facts(signal) {
      const { release, machine, cpus } = await agent.hello({ signal });
      return { kernel: release, arch: machine, cpus: Array.from({ length: cpus }, (_, cpu) => cpu) };
    },

    async clock(signal) {
      const beforeNs = process.hrtime.bigint();
      const thereNs = await agent.clockNs({ signal });
      return { beforeNs, thereNs, afterNs: process.hrtime.bigint() };
    },
  };
}

/** Where a tool lies in the guest's image. */
export function guestBinary(tool: NativeTool): string {
  return `/bin/${tool}`;
}

/** The agent looks no program up: a name without a path is one of the image, whose programs are all in /bin. */
function inImage([program = '', ...words]: readonly string[]): string[] {
  return [program.includes('/') ? program : `/bin/${program}`, ...words];
}

async function start(agent: Agent, order: ServiceOrder) {
  const { name, argv, input = '', signal, cpu, ready } = order;
  if (ready?.kind === 'socket') throw new Error('a guest tells of no sockets');
  const pid = await agent.spawn({ name, argv: inImage(argv), ...(cpu === undefined ? {} : { cpu }) }, { signal });
  let line = '';
  try {
    if (input !== '') await agent.writeStdin(name, input, { signal });
    if (ready !== undefined) line = await agent.waitLine(name, { signal, timeoutMs: READY_MS });
  } catch (error) {
    const said = await agent.errors(name, { signal }).catch(() => '');
    await forget(agent, name, signal);
    throw said === '' ? error : startError(name, said.trim(), error);
  }
  return {
    ready: line,
    pid: async () => pid,
    write: (words: string, within: AbortSignal) => agent.writeStdin(name, words, { signal: within }),
    async end(options: Waiting) {
      try {
        await agent.closeStdin(name, options);
        return await endOf(agent, name, options);
      } finally {
        await forget(agent, name, options.signal);
      }
    },
    [Symbol.asyncDispose]: () => forget(agent, name, signal),
  };
}

type Waiting = Pick<CommandOptions, 'signal'> & { readonly timeoutMs: number };

async function endOf(agent: Agent, name: string, options: Waiting): Promise<End> {
  const end = await agent.waitEnd(name, options).catch((error: unknown) => {
    if (isLate(error)) return null;
    throw error;
  });
  const { signal } = options;
  if (end === null) await agent.kill(name, 'SIGKILL', { signal });
  const [output, said] = [await agent.output(name, { signal }), await agent.errors(name, { signal })];
  return {
    code: end?.code ?? null,
    signal: end?.signal == null ? null : `signal ${end.signal}`,
    ...{ output, said: said.trim(), late: end === null },
  };
}

/** The agent's word for a process that runs on past its deadline: see native/agent/process/wait.c. */
function isLate(error: unknown): boolean {
  return error instanceof HoplabError && error.code === 'AGENT_REFUSED' && error.message.includes('still runs after');
}

/** Kills what still runs. A guest that is gone has forgotten everything; asking twice is asking once. */
async function forget(agent: Agent, name: string, signal: AbortSignal): Promise<void> {
  const forgotten = agent.forget(name, { signal: AbortSignal.timeout(FORGET_MS) }).catch(() => undefined);
  // Interrupted work mostly takes its guest along, which may be past answering: nobody waits for that.
  if (!signal.aborted) await forgotten;
}

function startError(name: string, said: string, cause: unknown): HoplabError {
  return new HoplabError({
    code: 'SERVICE_FAILED',
    message: `start ${name}: ${said}`,
    hint: 'hoplab shell guest opens the same lab to look around',
    cause,
  });
}
