// SPDX-License-Identifier: GPL-2.0-only
/** A plan as a run folder keeps it and as `plan --json` prints it. Pure. */
import { HOST1, HOST2, isPlace } from '../../model/place.ts';
import type { PathPlan, Plan, PlannedService, Step } from '../../model/plan.ts';
import { ATTACHMENT_KEY } from '../../model/recorded-words.ts';
import type { PlanFile, RecordedService, RecordedStep } from '../../run-store/plan-file.ts';
import { vmmOf } from '../../vmms/index.ts';
import type { Vmm } from '../../vmms/vmm.ts';

/** The one place where an attachment gets the keys of the recorded format: ATTACHMENT_KEY, with the VMM's words, and `openDevice`. */
export function recordPlan(plan: Plan): PlanFile {
  const vmm = vmmOf(plan.spec.guest.vmm);
  const { spec, facts, machines, paths, hostSteps, ...rest } = plan;
  return {
    spec,
    facts,
    ...(spec.machines === undefined
      ? {}
      : { machines: { [HOST1]: machines[HOST1].kind, [HOST2]: machines[HOST2].kind } }),
    paths: paths.map((path) => recordPath(path, vmm)),
    hostSteps: hostSteps.map(recordStep),
    ...rest,
  };
}

function recordPath({ backendPlan, ...path }: PathPlan, vmm: Vmm): PlanFile['paths'][number] {
  const { steps, services, attachment, needs, ...rest } = backendPlan;
  const recorded = {
    ...{ steps: steps.map(recordStep), services: services.map(recordService) },
    [ATTACHMENT_KEY]: vmm.record(attachment, needs ?? {}),
    openDevice: attachment.kind === 'descriptor' ? attachment.open : null,
    ...(needs === undefined ? {} : { needs }),
    ...rest,
  };
  // The user's commands come after what the backend planned.
  const { commands, ...named } = path;
  return { ...named, backendPlan: recorded, ...(commands === undefined ? {} : { commands }) };
}

function recordService({ whenReady, ...service }: PlannedService): RecordedService {
  return { ...service, ...(whenReady === undefined ? {} : { whenReady: whenReady.map(recordStep) }) };
}

function recordStep({ on, ...step }: Step): RecordedStep {
  return { on: isPlace(on) ? on : null, ...step };
}
