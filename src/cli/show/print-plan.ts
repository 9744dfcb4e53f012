/** Prints what a run would do: the exact commands, in order. Touches nothing. */

import { planGuest } from '../../lab/live/guest-parts.ts';
import { unavailableInPlan } from '../../lab/plan/needs.ts';
import { planLab } from '../../lab/plan/plan.ts';
import { type RenderedGuest, renderPlan } from '../../lab/plan/render-plan.ts';
import { reasonOf } from '../../model/errors.ts';
import type { LabSpec } from '../../model/lab-spec.ts';
import type { Plan } from '../../model/plan.ts';
import { readMachineFacts } from '../../system/facts.ts';
import { planQemuArgv } from '../../vmms/qemu/argv.ts';
import { planTickRate } from '../../vmms/qemu/tick-rate.ts';
import type { CliContext } from '../command.ts';

export async function printPlan(
  spec: LabSpec,
  { json }: { readonly json?: boolean },
  context: CliContext,
): Promise<void> {
  const { signal } = context;
  const [facts, unavailable] = await Promise.all([readMachineFacts(), unavailableInPlan(spec, signal)]);
  const plan = planLab(spec, facts, unavailable);
  if (json) context.print(`${JSON.stringify(plan, null, 2)}\n`);
  else context.print(renderPlan(plan, await renderedGuest(plan, signal)));
}

/** QEMU's argv needs a kernel and an image; a plan without them says so instead. */
async function renderedGuest({ spec, slots }: Plan, signal: AbortSignal): Promise<RenderedGuest> {
  try {
    const qemu = await planGuest(spec.guest, { name: spec.name, slots, signal });
    return { argv: planQemuArgv(await planTickRate(qemu, signal)), missing: '' };
  } catch (error) {
    signal.throwIfAborted();
    return { argv: null, missing: reasonOf(error) };
  }
}
