// SPDX-License-Identifier: GPL-2.0-only
/** What the lab knows of a traced block that the records themselves do not say. */

import type { TscScale } from './trace-clock.ts';
import type { PassedOver, TraceMechanism } from './trace-mechanism.ts';
import type { TraceProfile } from './trace-profile.ts';

export interface TraceContext {
  readonly profile: TraceProfile;
  /** How many of the slowest transactions of a path are kept whole; 0 = none was asked for. */
  readonly slowest: number;
  readonly machines: readonly TracedMachineContext[];
  /** Under KVM: the guest's counter, or why it is not known; absent = there is no KVM guest. */
  readonly tsc?: TscScale | { readonly without: string };
}

export interface TracedMachineContext {
  readonly machine: 'host' | 'guest';
  /** What was asked of the tracer, by name. */
  readonly points: readonly string[];
  readonly tasks: readonly { readonly tid: number; readonly name: string }[];
  /** Its network namespaces by inode; a name is a host of the lab, or guest. */
  readonly namespaces: readonly { readonly inode: number; readonly name: string }[];
  /** The interfaces of its namespaces; `place` is a host of the lab, or guest. */
  readonly devices: readonly { readonly place: string; readonly ifindex: number; readonly name: string }[];
  /** Why there are no records of this machine; null = there are. */
  readonly without: string | null;
  /** By what its times were taken; absent = bpf, or not at all. */
  readonly mechanism?: TraceMechanism;
  /** Better mechanisms that were not used, and why; absent = none was. */
  readonly passedOver?: readonly PassedOver[];
}
