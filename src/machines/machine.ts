// SPDX-License-Identifier: GPL-2.0-only
/** The interface of a machine: where the commands, services and tools of a lab run, and whose clock they read. */
import type { z } from 'zod';
import type { LoadState } from '../model/environment.ts';
import type { Host, Place, Where } from '../model/place.ts';
import type { MachineFacts, NicOrder, PlannedMachine, Step } from '../model/plan.ts';
import type { Requirement, RequirementStatus } from '../model/requirement.ts';
import type { HostEnvironment } from '../system/facts.ts';
import type { Journal } from '../system/journal.ts';
import type { Inside } from '../system/namespaces.ts';
import type { NativeTool } from '../system/paths.ts';
import type { ProbeOptions } from '../system/requirements.ts';
import type { Service, ServiceOptions } from '../system/service.ts';
import type { NicLoan } from './borrow/loan.ts';
import type { ClockReading } from './clock-rate.ts';

export interface CommandOptions {
  /** One of its places, or the machine as a whole. */
  readonly on: Where;
  /** The user's own words: whatever program they start, they are run as they are. */
  readonly asTyped?: boolean;
  readonly signal: AbortSignal;
  /** Default 30 s. */
  readonly timeoutMs?: number;
}

/** What says that a service is ready: its line "ready ...", or a socket that it makes. */
export type Ready = { readonly kind: 'line' } | { readonly kind: 'socket'; readonly path: string };

/** How a service is scheduled, as far as a machine can do that for it; all absent: any CPU, plain scheduling. */
export type Scheduling = Omit<Inside, 'netns' | 'openFiles'>;

export interface ServiceOrder extends Scheduling, Pick<CommandOptions, 'on' | 'signal'> {
  /** Unique among what runs on the machine at one time, a word; also the name of its log. */
  readonly name: string;
  readonly argv: readonly string[];
  /** Written to its stdin at once; stdin stays open. */
  readonly input?: string;
  /** Absent: ready when started. */
  readonly ready?: Ready;
  /** How much of its stdout is kept; default 16 MiB. */
  readonly maxOutputBytes?: number;
}

/** How a process ended: `said` is the end of what it wrote to stderr. */
export interface End {
  readonly code: number | null;
  /** Name or number of the signal that ended it. */
  readonly signal: string | null;
  readonly output: Buffer;
  readonly said: string;
  /** It did not end in time, and was ended. */
  readonly late: boolean;
}

/** A service that runs. Disposing ends it. */
export interface Running extends AsyncDisposable {
  /** The line that said that it is ready; empty where none was waited for. */
  readonly ready: string;
  /** Settles when it has ended, for whatever reason; absent where its machine tells nothing by itself. */
  readonly exited?: Promise<unknown>;
  /** Why the kernel ended it, where it did so for what it computed under real-time priority. */
  readonly overran?: string | null;
  /** Its process, in the pid namespace of whoever traces that machine: hoplab's own, or the guest's. */
  pid(): Promise<number>;
  write(input: string, signal: AbortSignal): Promise<void>;
  /** Closes its stdin, which asks it to end, and waits. It is gone then: nothing more can be asked of it. */
  end(options: { readonly signal: AbortSignal; readonly timeoutMs: number }): Promise<End>;
}

/** All places on one machine share its kernel, its files and its clock. */
export interface Machine {
  /** Runs a command to its end; its stdout. Throws COMMAND_FAILED or COMMAND_TIMEOUT with what it said. */
  run(argv: readonly string[], options: CommandOptions): Promise<string>;
  /** Starts a service and waits until it is ready. Throws SERVICE_FAILED with its last lines; it is gone then. */
  start(order: ServiceOrder): Promise<Running>;
  /** Where one of our tools lies there. */
  tool(tool: NativeTool): string;
  /** The file of a place's network namespace there, for a tool that looks into several. */
  netns(place: Place): string;
  /** Writes a file. */
  put(path: string, content: string | Uint8Array, options: FileOptions & { readonly mode?: number }): Promise<void>;
  /** Reads a file. */
  get(path: string, options: FileOptions): Promise<Buffer>;
  facts(signal: AbortSignal): Promise<MachineDescription>;
  /** One reading of its CLOCK_MONOTONIC, between two of ours. */
  clock(signal: AbortSignal): Promise<ClockReading>;
  /** What is made on the machine and would outlive the lab is written down here first; absent: all ends with the machine. */
  readonly journal?: Pick<Journal, 'record'>;
  /** Takes a NIC from its kernel for a guest there; absent = it has none to give. Throws NIC_NOT_FOUND and NIC_REFUSED. */
  assign?(order: NicOrder, signal: AbortSignal): Promise<AsyncDisposable>;
  /**
   * Borrows an interface for one of its places, and gives it back, with its addresses, routes and offloads, whatever ends the
   * lab; absent = it lends none. Throws UPLINK_REFUSED.
   */
  borrow?(loan: NicLoan): Promise<AsyncDisposable>;
  /** What a machine can do whose processes and files are seen from here; absent elsewhere. */
  readonly host?: HostAbilities;
}

interface FileOptions {
  readonly signal: AbortSignal;
}

interface MachineDescription extends Pick<MachineFacts, 'arch' | 'cpus'> {
  /** Its kernel's release. */
  readonly kernel: string;
}

interface HostAbilities {
  /** Starts a process that inherits sockets and open files of ours, such as a VMM. */
  launch(argv: readonly string[], options: LaunchOptions): Promise<Service>;
  /** Gives our terminal to a command until it ends; its exit status. */
  interact(argv: readonly string[], options: { readonly on: Place; readonly env: NodeJS.ProcessEnv }): Promise<number>;
}

interface LaunchOptions
  extends Scheduling,
    Pick<Inside, 'openFiles'>,
    Pick<ServiceOptions, 'name' | 'signal' | 'extraPipes' | 'logFile'> {
  readonly on: Place;
}

/** A machine that this process opened. Disposing ends all that runs there and takes back what was made. */
export interface OpenMachine extends Machine, AsyncDisposable {}

/** What a lab tells a machine of its kind: the values of the kind's own keys. */
export type MachineOptions = PlannedMachine['options'];

export interface OpenOptions {
  /** Of the lab. */
  readonly id: string;
  readonly options: MachineOptions;
  readonly signal: AbortSignal;
  /** The log file of a process by its name. */
  readonly logPath: (name: string) => string;
}

/** What a kind of machine knows before it is opened: nothing is changed, and root is not needed. */
export interface Knowledge {
  /** What planning needs. */
  facts(signal: AbortSignal): Promise<MachineFacts>;
  /** Which of these it meets: one status per different requirement. */
  probe(requirements: readonly Requirement[], options: ProbeOptions): Promise<RequirementStatus[]>;
  /** What a run folder keeps of it, but for what only a live lab knows. */
  environment(signal: AbortSignal): Promise<HostEnvironment>;
  /** Load and CPU ticks now. */
  load(signal: AbortSignal): Promise<LoadState>;
}

/** A kind of machine on which hosts of a lab can be. */
export interface MachineKind {
  /** The word in lab files and plans. */
  readonly kind: string;
  /** One line: what it is. */
  readonly summary: string;
  /** Data; the core probes it. */
  readonly requires: readonly Requirement[];
  /** Its own keys in a lab file, beside `kind`. Two hosts that name them alike are on one machine, else on one each. */
  readonly options: z.ZodObject;
  /** Why no guest can be booted on it; absent = one can. */
  readonly noGuests?: string;
  knows(options: MachineOptions): Knowledge;
  /** Pure: the steps by which a place comes to be on such a machine, silent between the transactions. */
  place(place: Host): readonly Step[];
  /** Pure: the argv that a dry run shows for a command at a place. */
  show(argv: readonly string[], at: Pick<CommandOptions, 'on' | 'asTyped'>, options: MachineOptions): readonly string[];
  /** Throws LAB_FAILED where it cannot be had. */
  open(options: OpenOptions): Promise<OpenMachine>;
}
