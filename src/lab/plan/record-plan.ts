// SPDX-License-Identifier: GPL-2.0-only
/** A plan as a run folder keeps it and as `plan --json` prints it. Pure. */
import type { PathPlan, Plan } from '../../model/plan.ts';
import type { PlanFile } from '../../run-store/plan-file.ts';
import { vmmOf } from '../../vmms/index.ts';
import type { Vmm } from '../../vmms/vmm.ts';

/** The one place where an attachment gets the keys of the recorded format: `netdev`, in the VMM's words, and `openDevice`. */
export function recordPlan(plan: Plan): PlanFile {
  const vmm = vmmOf(plan.spec.guest.vmm);
  return { ...plan, paths: plan.paths.map((path) => recordPath(path, vmm)) };
}

function recordPath({ backendPlan, ...path }: PathPlan, vmm: Vmm): PlanFile['paths'][number] {
  const { steps, services, attachment, needs, ...rest } = backendPlan;
  const recorded = {
    ...{ steps, services, netdev: vmm.record(attachment, needs ?? {}) },
    openDevice: attachment.kind === 'descriptor' ? attachment.open : null,
    ...(needs === undefined ? {} : { needs }),
    ...rest,
  };
  // The user's commands come after what the backend planned.
  const { commands, ...named } = path;
  return { ...named, backendPlan: recorded, ...(commands === undefined ? {} : { commands }) };
}
