// SPDX-License-Identifier: GPL-2.0-only
/** Commands and services of a machine that an agent serves: in a guest, or at the other end of a connection. */
import type { Agent } from '../guest/agent.ts';
import { HoplabError } from '../model/errors.ts';
import { deadlineMs, expiresAfter } from '../system/deadline.ts';
import { failureError, timeoutError } from '../system/exec.ts';
import type { CommandOptions, End, Running } from './machine.ts';

const RUN_MS = 30_000;
const READY_MS = 10_000;
const FORGET_MS = 10_000;

/** A process as the agent starts it. */
interface AgentProcess {
  /** Unique among the agent's processes. */
  readonly name: string;
  readonly argv: readonly string[];
  readonly cpu?: number;
}

export interface AgentCommand extends AgentProcess, Pick<CommandOptions, 'signal' | 'timeoutMs'> {
  /** As the user would type it, for errors. */
  readonly shown: readonly string[];
  /** What was attempted: "run a command in the guest". */
  readonly what: string;
}

export interface AgentService extends AgentProcess, Pick<CommandOptions, 'signal'> {
  readonly input?: string;
  /** Waits for its first line. */
  readonly line: boolean;
  /** What to do about one that does not start. */
  readonly hint: string;
  /** Takes what it wrote to stderr, once it has ended. */
  readonly keepLog?: (said: string) => Promise<void>;
}

/** A command to its end; its stdout. Throws COMMAND_FAILED, COMMAND_TIMEOUT. */
export async function runOver(agent: Agent, command: AgentCommand): Promise<string> {
  const { name, shown, what, signal, timeoutMs = RUN_MS } = command;
  const started = performance.now();
  try {
    await spawn(agent, command);
    await agent.closeStdin(name, { signal });
    const { late, code, said, output } = await endOf(agent, name, { signal, timeoutMs });
    const stdout = output.toString('utf8');
    const result = { argv: shown, code, signal: null, stdout, stderr: said, ms: performance.now() - started };
    if (late) throw timeoutError(result, what, deadlineMs(timeoutMs));
    if (code !== 0) throw failureError(result, what);
    return stdout;
  } finally {
    await forget(agent, name, signal);
  }
}

/** Starts a service and waits for its line where it has one. Throws SERVICE_FAILED. */
export async function startOver(agent: Agent, service: AgentService): Promise<Running> {
  const { name, input = '', signal, hint, keepLog = async () => undefined } = service;
  const pid = await spawn(agent, service);
  let line = '';
  try {
    if (input !== '') await agent.writeStdin(name, input, { signal });
    if (service.line) line = await agent.waitLine(name, { signal, timeoutMs: READY_MS });
  } catch (error) {
    const said = await agent.errors(name, { signal }).catch(() => '');
    await forget(agent, name, signal);
    await keepLog(said);
    throw said === '' ? error : startError({ name, said: said.trim(), hint, cause: error });
  }
  return {
    ready: line,
    pid: async () => pid,
    write: (words, within) => agent.writeStdin(name, words, { signal: within }),
    async end(options) {
      try {
        await agent.closeStdin(name, options);
        const end = await endOf(agent, name, options);
        await keepLog(end.said);
        return end;
      } finally {
        await forget(agent, name, options.signal);
      }
    },
    [Symbol.asyncDispose]: () => forget(agent, name, signal),
  };
}

function spawn(agent: Agent, { name, argv, cpu, signal }: AgentProcess & Pick<CommandOptions, 'signal'>) {
  return agent.spawn({ name, argv, ...(cpu === undefined ? {} : { cpu }) }, { signal });
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

/** Kills what still runs. An agent that is gone has forgotten everything; asking twice is asking once. */
async function forget(agent: Agent, name: string, signal: AbortSignal): Promise<void> {
  const forgotten = agent.forget(name, { signal: expiresAfter(FORGET_MS) }).catch(() => undefined);
  // Interrupted work mostly takes its agent along, which may be past answering: nobody waits for that.
  if (!signal.aborted) await forgotten;
}

interface FailedStart {
  readonly name: string;
  readonly said: string;
  readonly hint: string;
  readonly cause: unknown;
}

function startError({ name, said, hint, cause }: FailedStart): HoplabError {
  return new HoplabError({ code: 'SERVICE_FAILED', message: `start ${name}: ${said}`, hint, cause });
}
