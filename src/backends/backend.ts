// SPDX-License-Identifier: GPL-2.0-only
/** The interface of a backend: a kind of path from a guest's NIC (or from host2) to its wire. */

import type { ZodType } from 'zod';
import type { HopCapture } from '../model/capture.ts';
import type { Counter, XdpLoss } from '../model/evidence.ts';
import type { FdbEntry, FdbFill } from '../model/network-state.ts';
import type { Where } from '../model/place.ts';
import type { BackendPlan, MachineFacts, NicOrder, Step, Wire } from '../model/plan.ts';
import type { Requirement } from '../model/requirement.ts';

/** What the core gives a backend to plan one path with. */
export interface PlanContext {
  /** The path's name. */
  readonly path: string;
  /** Number of the path in the lab, 0 to 63: keeps names and subnets apart. */
  readonly index: number;
  readonly wire: Wire;
  /** The guest's MAC on this path, and its address where the guest is on the wire's subnet. */
  readonly guestMac: string;
  readonly guestAddress: string;
  /** Port of the path's server. */
  readonly port: number;
  /** A folder that exists inside the lab alone; sockets and device nodes go here. */
  readonly labDir: string;
  readonly facts: MachineFacts;
  /** The kind of the VMM: the name of its hop. */
  readonly vmm: string;
  /** The lab is diagnosed, not measured: data paths record the frames that they see. */
  readonly observe: boolean;
}

/** What the core gives a backend to act with; every undo goes through it. */
export interface AttachContext {
  readonly signal: AbortSignal;
  /** Journals the undo, acts, then owns the undo. */
  apply(step: Step): Promise<void>;
  /** Runs a command at a place, or on host2's machine as a whole, and returns its stdout. For looking, not for acting. */
  look(argv: readonly string[], on?: Where): Promise<string>;
  /** Takes the planned NIC from host2's machine for the guest; it goes back with the path. Throws NIC_REFUSED. */
  assign(device: NicOrder): Promise<void>;
  /** Starts one of the planned services inside the lab and configures it; it ends with the path. */
  serve(service: BackendPlan['services'][number]): Promise<void>;
}

/** What attaching a path has made for its guest, beside what was planned. */
export interface Attached {
  /** Device nodes that the VMM must find open on these descriptors. */
  readonly openFiles: readonly { readonly fd: number; readonly path: string }[];
  /** What only the running data path could tell, and the reader of the report must know; absent = nothing. */
  readonly warnings?: readonly string[];
}

/** What a data path of a backend's own says of itself, where the kernel's tools see nothing. */
export interface BackendEvidence {
  /** Frames at hops inside the data path, by the hop's name in the plan. */
  readonly captures: readonly HopCapture[];
  readonly fdb: readonly FdbEntry[];
  readonly fdbFill: readonly FdbFill[];
  readonly xdp: readonly XdpLoss[];
  readonly counters: readonly Counter[];
}

export interface Backend<O = unknown> {
  /** The word in the lab file. */
  readonly kind: string;
  /** One line: help, docs, report. */
  readonly summary: string;
  /** Parser, type, defaults and JSON schema in one value. */
  readonly options: ZodType<O>;
  /** Whether a guest is on the path; `host` has none and is the floor. */
  readonly guest: boolean;
  /** It takes something of the machine for itself, and is on a path where the user names it alone; absent = of every lab. */
  readonly named?: true;
  /** What it needs beside what every lab and every guest needs. Data; the core probes it. */
  requires(options: O): readonly Requirement[];
  /** Pure: names, addresses, commands, hops in order. */
  plan(context: PlanContext, options: O): BackendPlan;
  /** The same options without what keeps the path from a fault that it has by itself; absent = it has none. */
  uncured?(options: O): O;
  /** Acts as planned. */
  attach(context: AttachContext, plan: BackendPlan): Promise<Attached>;
  /** Asks the path's own data path, if it has one beside the kernel's: what it saw since it was asked last. */
  observe?(context: Pick<AttachContext, 'look' | 'signal'>, plan: BackendPlan): Promise<BackendEvidence>;
}
