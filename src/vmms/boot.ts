/** Boots a guest and holds it: QEMU, its QMP, its agent, its console. */
import { readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type Agent, connectAgent } from '../guest/agent.ts';
import type { AgentHello } from '../guest/agent-replies.ts';
import type { Accel } from '../guest/arch.ts';
import { ConsoleTail } from '../guest/console-tail.ts';
import { withDeadline } from '../guest/deadline.ts';
import { HoplabError, reasonOf } from '../model/errors.ts';
import type { Service } from '../system/service.ts';
import { GUEST_CHANNELS, planQemuArgv, type QemuPlan } from './qemu/argv.ts';
import { QmpClient } from './qemu/qmp.ts';
import { planTickRate } from './qemu/tick-rate.ts';

const BOOT_TIMEOUT_MS = 60_000;
const QUIT_TIMEOUT_MS = 200;
const TAIL_LINES = 12;

/** Starts QEMU with `extraPipes` inherited sockets from fd 3 on; the lab's own starts it in its namespaces. */
export type LaunchQemu = (
  argv: readonly string[],
  options: { readonly name: string; readonly extraPipes: number; readonly signal: AbortSignal },
) => Promise<Service>;

export interface BootOptions {
  readonly plan: QemuPlan;
  readonly launch: LaunchQemu;
  readonly signal: AbortSignal;
  /** From the launch to the agent's answer; default 60 s. */
  readonly timeoutMs?: number;
  /** Where the console is kept; null = its last lines only. */
  readonly consoleLog: string | null;
}

/** A running guest. Disposing ends it in under 0.3 s, whatever state it is in. */
export interface Guest extends AsyncDisposable {
  readonly service: Service;
  readonly qmp: QmpClient;
  readonly agent: Agent;
  readonly accel: Accel;
  readonly argv: readonly string[];
  readonly hello: AgentHello;
  readonly kernelRelease: string;
  readonly bootMs: number;
  /** The bytes of the guest's shell channel; see Agent.shell. */
  readonly shell: Duplex;
  /** Threads of the vCPUs, as QEMU numbers them: in the pid namespace in which it runs. */
  vcpuThreadIds(signal: AbortSignal): Promise<readonly number[]>;
  consoleTail(lines?: number): string[];
}

/** Boots and waits for the agent. Throws GUEST_BOOT_FAILED with the console's last lines; the guest is then gone. */
export async function bootGuest(options: BootOptions): Promise<Guest> {
  const { signal } = options;
  const timeoutMs = options.timeoutMs ?? BOOT_TIMEOUT_MS;
  const plan = await planTickRate(options.plan, signal);
  const argv = planQemuArgv(plan);
  const started = performance.now();
  const service = await options.launch(argv, {
    name: `guest ${plan.name}`,
    extraPipes: GUEST_CHANNELS.length,
    signal,
  });
  let consoleLines: ConsoleTail | undefined;
  try {
    const [agentPipe, qmpPipe, consolePipe, shell] = service.pipes;
    if (!agentPipe || !qmpPipe || !consolePipe || !shell) throw new Error('launch gave too few pipes');
    consoleLines = new ConsoleTail(consolePipe, options.consoleLog);
    const tail = consoleLines;
    const agent = connectAgent(agentPipe);
    const booted = async () => {
      const wait = { signal, timeoutMs };
      const [qmp, hello] = await Promise.all([QmpClient.connect(qmpPipe, wait), agent.hello(wait)]);
      return { qmp, hello };
    };
    const died = service.exited.then(({ code, signal: by }) => {
      throw new Error(`QEMU ended with ${by ?? `status ${code}`}`);
    });
    const expired = () => new Error(`its agent did not answer within ${timeoutMs} ms`);
    // QEMU's end is the better reason than the closed connections that come with it, and may come a moment later.
    const alive = booted().catch(async (error: unknown) => {
      await Promise.race([died, delay(200)]);
      throw error;
    });
    const { qmp, hello } = await withDeadline(Promise.race([alive, died]), { signal, timeoutMs, expired });
    return {
      service,
      qmp,
      agent,
      accel: plan.accel,
      argv,
      hello,
      kernelRelease: hello.release,
      bootMs: performance.now() - started,
      shell,
      vcpuThreadIds: (during) => readVcpuThreadIds(qmp, during),
      consoleTail: (lines = TAIL_LINES) => tail.last(lines),
      [Symbol.asyncDispose]: () => endGuest(service, qmp),
    };
  } catch (error) {
    await killGuest(service);
    signal.throwIfAborted();
    throw bootError(options, error, consoleLines, service);
  }
}

/** The cause's message is the reason alone, without what was attempted. */
function bootError(options: BootOptions, error: unknown, tail: ConsoleTail | undefined, service: Service): HoplabError {
  const { plan, consoleLog } = options;
  const said = tail?.quote() ?? [];
  const qemu = service.lastLines(5);
  const reason = [
    reasonOf(error),
    said.length > 0 ? `console: ${said.join(' | ')}` : 'the console stayed silent',
    ...(qemu.length > 0 ? [`QEMU: ${qemu.join(' | ')}`] : []),
  ].join('; ');
  return new HoplabError({
    code: 'GUEST_BOOT_FAILED',
    message: `boot guest ${plan.name} (${plan.arch}, ${plan.accel}, kernel ${plan.kernel}): ${reason}`,
    hint: consoleLog === null ? 'try --accel tcg, or --kernel debian' : `the whole console is in ${consoleLog}`,
    cause: new Error(reason, { cause: error }),
  });
}

/** Asks QEMU to quit, which it does at once and without the guest's help; else it is killed. */
async function endGuest(service: Service, qmp: QmpClient): Promise<void> {
  if (service.running) {
    const ask = qmp.execute('quit', {}, { signal: new AbortController().signal, timeoutMs: QUIT_TIMEOUT_MS });
    ask.catch(() => undefined); // the connection may end before the answer
    const over = new AbortController();
    await Promise.race([
      service.exited,
      delay(QUIT_TIMEOUT_MS, undefined, { signal: over.signal }).catch(() => undefined),
    ]);
    over.abort();
  }
  await killGuest(service);
}

/**
 * A QEMU that hangs in KVM may not heed SIGTERM, and there is nothing that it could save. A launcher is left to reap it:
 * killed together, QEMU becomes a zombie of the machine's init, and the lab's pid namespace cannot end before that is
 * reaped (seconds under a lazy init, never where hoplab itself is the init of a container).
 */
async function killGuest(service: Service): Promise<void> {
  if (service.running) {
    const launched = await childrenOf(service.pid);
    for (const pid of launched.length > 0 ? launched : [-service.pid]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone already, or not ours to signal: stop() has its own way.
      }
    }
  }
  await service.stop();
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.trim() === '' ? [] : text.trim().split(' ').map(Number);
}

async function readVcpuThreadIds(qmp: QmpClient, signal: AbortSignal): Promise<readonly number[]> {
  const cpus = await qmp.execute('query-cpus-fast', {}, { signal });
  if (!Array.isArray(cpus)) throw new Error('query-cpus-fast gave no list');
  return cpus.map((cpu: unknown) => {
    const id = typeof cpu === 'object' && cpu !== null && 'thread-id' in cpu ? cpu['thread-id'] : null;
    if (typeof id !== 'number') throw new Error('query-cpus-fast gave a CPU without thread-id');
    return id;
  });
}
