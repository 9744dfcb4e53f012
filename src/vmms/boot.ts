// SPDX-License-Identifier: GPL-2.0-only
/** Boots a guest and holds it: its VMM, its agent, its console. */
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type Agent, connectAgent } from '../guest/agent.ts';
import type { AgentHello } from '../guest/agent-replies.ts';
import type { Accel } from '../guest/arch.ts';
import { ConsoleTail } from '../guest/console-tail.ts';
import { planTickRate } from '../guest/tick-rate.ts';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { deadlineMs, withDeadline } from '../system/deadline.ts';
import type { Service } from '../system/service.ts';
import { childrenOf } from '../system/threads.ts';
import type { GuestChannel, GuestPlan, PathNic, Vmm, VmmConnection, VmmThread } from './vmm.ts';

const BOOT_TIMEOUT_MS = 60_000;
/** A loaded machine reaps a process that much later than it closes its connections. */
const END_AFTER_MS = 1000;
const QUIT_TIMEOUT_MS = 200;
const TAIL_LINES = 12;

/** Starts a VMM with `extraPipes` inherited sockets from fd 3 on; the lab's own starts it in its namespaces. */
export type LaunchVmm = (
  argv: readonly string[],
  options: { readonly name: string; readonly extraPipes: number; readonly signal: AbortSignal },
) => Promise<Service>;

export interface BootOptions {
  readonly vmm: Vmm;
  readonly plan: GuestPlan;
  /** NICs that are there from the boot on; default none. */
  readonly nics?: readonly PathNic[];
  readonly launch: LaunchVmm;
  readonly signal: AbortSignal;
  /** From the launch to the agent's answer; default 60 s. */
  readonly timeoutMs?: number;
  /** Where the console is kept; null = its last lines only. */
  readonly consoleLog: string | null;
}

/** The plug of a VMM, bound to one running guest. */
export interface GuestPlug {
  open(nic: Omit<PathNic, 'slot'>, signal: AbortSignal): Promise<void>;
  insert(nic: PathNic, signal: AbortSignal): Promise<void>;
  remove(paths: readonly string[], signal: AbortSignal): Promise<void>;
}

/** A running guest. Disposing ends it in under 0.3 s, whatever state it is in. */
export interface Guest extends AsyncDisposable {
  readonly vmm: Vmm;
  /** The launcher of the VMM, or the VMM itself. */
  readonly service: Service;
  readonly connection: VmmConnection;
  readonly agent: Agent;
  readonly accel: Accel;
  /** Features that its CPU lacks, because the VMM did not start with them or the plan said so. */
  readonly cpuWithout: readonly string[];
  readonly argv: readonly string[];
  readonly hello: AgentHello;
  readonly kernelRelease: string;
  readonly bootMs: number;
  /** The bytes of the guest's shell channel; see Agent.shell. */
  readonly shell: Duplex;
  /** null: NICs come with a boot. */
  readonly plug: GuestPlug | null;
  /** The VMM's process, as seen from here. */
  pid(): Promise<number>;
  threads(signal: AbortSignal): Promise<readonly VmmThread[]>;
  consoleTail(lines?: number): string[];
}

/**
 * Boots and waits for the agent; once more where the VMM knows by its own words how this guest would start here. Throws
 * GUEST_BOOT_FAILED with the last lines of VMM and console; the guest is then gone.
 */
export async function bootGuest(options: BootOptions): Promise<Guest> {
  try {
    return await bootOnce(options);
  } catch (error) {
    if (!(error instanceof HoplabError)) throw error;
    const mended = options.vmm.mend?.(options.plan, error.message) ?? null;
    if (mended === null) throw error;
    return bootOnce({ ...options, plan: mended });
  }
}

async function bootOnce(options: BootOptions): Promise<Guest> {
  const { vmm, nics = [], signal } = options;
  const timeoutMs = options.timeoutMs ?? BOOT_TIMEOUT_MS;
  const plan = await planTickRate(options.plan, signal);
  const argv = vmm.argv(plan, nics);
  const started = performance.now();
  const service = await options.launch(argv, {
    name: `guest ${plan.name}`,
    extraPipes: vmm.channels.length,
    signal,
  });
  let consoleLines: ConsoleTail | undefined;
  try {
    const channels = channelsOf(vmm, service);
    consoleLines = new ConsoleTail(channelOf(channels, 'console'), options.consoleLog);
    const tail = consoleLines;
    const agent = connectAgent(channelOf(channels, 'agent'));
    const booted = async () => {
      const wait = { signal, timeoutMs };
      const [connection, hello] = await Promise.all([vmm.connect(channels, wait), agent.hello(wait)]);
      return { connection, hello };
    };
    const died = service.exited.then(({ code, signal: by }) => {
      throw new Error(`${vmm.name} ended with ${by ?? `status ${code}`}`);
    });
    const expired = (ms: number) => new Error(`its agent did not answer within ${ms} ms`);
    // The VMM's end is the better reason than the closed connections that come with it, and may come a moment later.
    const alive = booted().catch(async (error: unknown) => {
      await Promise.race([died, delay(deadlineMs(END_AFTER_MS))]);
      throw error;
    });
    const { connection, hello } = await withDeadline(Promise.race([alive, died]), { signal, timeoutMs, expired });
    const pid = () => vmmPid(service);
    return {
      ...{ vmm, service, connection, agent, argv, hello },
      accel: plan.accel,
      cpuWithout: plan.cpuWithout ?? [],
      kernelRelease: hello.release,
      bootMs: performance.now() - started,
      shell: channelOf(channels, 'shell'),
      plug: boundPlug(vmm, connection),
      pid,
      threads: async (during) => vmm.threads(connection, await pid(), during),
      consoleTail: (lines = TAIL_LINES) => tail.last(lines),
      [Symbol.asyncDispose]: () => endGuest(service, connection),
    };
  } catch (error) {
    await killGuest(service);
    signal.throwIfAborted();
    throw bootError(options, error, consoleLines, service);
  }
}

function channelsOf(vmm: Vmm, { pipes }: Service): ReadonlyMap<string, Duplex> {
  if (pipes.length < vmm.channels.length) throw new Error('launch gave too few pipes');
  return new Map(pipes.map((pipe, index) => [vmm.channels[index] ?? '', pipe]));
}

function channelOf(channels: ReadonlyMap<string, Duplex>, name: GuestChannel): Duplex {
  const channel = channels.get(name);
  if (channel === undefined) throw new Error(`the VMM has no channel ${name}`);
  return channel;
}

function boundPlug({ plug }: Vmm, connection: VmmConnection): GuestPlug | null {
  if (plug === undefined) return null;
  return {
    open: (nic, signal) => plug.open(connection, nic, signal),
    insert: (nic, signal) => plug.insert(connection, nic, signal),
    remove: (paths, signal) => plug.remove(connection, paths, signal),
  };
}

/** A launcher has the VMM as its only child. */
async function vmmPid({ pid }: Service): Promise<number> {
  const [child] = await childrenOf(pid);
  return child ?? pid;
}

/** The cause's message is the reason alone, without what was attempted. */
function bootError(options: BootOptions, error: unknown, tail: ConsoleTail | undefined, service: Service): HoplabError {
  const { vmm, plan, consoleLog } = options;
  const said = tail?.quote() ?? [];
  const vmmSaid = service.lastLines(5);
  // A VMM that ends tells why, and then there is mostly no console.
  const told = [
    ...(vmmSaid.length > 0 ? [`${vmm.name}: ${vmmSaid.join(' | ')}`] : []),
    ...(said.length > 0 ? [`console: ${said.join(' | ')}`] : []),
  ];
  const reason = [reasonOf(error), ...(told.length > 0 ? told : ['the console stayed silent'])].join('; ');
  return new HoplabError({
    code: 'GUEST_BOOT_FAILED',
    message: `boot guest ${plan.name} (${plan.arch}, ${plan.accel}, kernel ${plan.kernel}): ${reason}`,
    // Of a VMM that refused KVM there is no console to look at.
    hint: hintOf(plan, said.length === 0 && plan.accel === 'kvm' ? null : consoleLog),
    cause: new Error(reason, { cause: error }),
  });
}

function hintOf({ accel }: GuestPlan, console: string | null): string {
  if (console !== null) return `the whole console is in ${console}`;
  return accel === 'kvm' ? '--accel tcg boots it without KVM; hoplab doctor tries KVM' : 'try --kernel debian';
}

/** Asks the VMM to quit, which it does at once and without the guest's help; else it is killed. */
async function endGuest(service: Service, connection: VmmConnection): Promise<void> {
  if (service.running) {
    connection.quit();
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
 * SIGKILL, since a VMM that hangs in KVM may not heed SIGTERM, and it has nothing to save. Its launcher lives on to reap it:
 * were both killed, the VMM would be a zombie of the machine's init, and the lab's pid namespace could not end before it is
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
