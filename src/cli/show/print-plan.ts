// SPDX-License-Identifier: GPL-2.0-only
/** Prints what a run would do: the exact commands, in order. Touches nothing. */

import { planTickRate } from '../../guest/tick-rate.ts';
import { planGuest } from '../../lab/live/guest-parts.ts';
import { estimatePlan } from '../../lab/plan/estimate.ts';
import { knownForPlan } from '../../lab/plan/needs.ts';
import { planLab } from '../../lab/plan/plan.ts';
import { recordPlan } from '../../lab/plan/record-plan.ts';
import { type RenderedGuest, renderPlan } from '../../lab/plan/render-plan.ts';
import { reasonOf } from '../../model/errors.ts';
import type { LabSpec } from '../../model/lab-spec.ts';
import type { Plan } from '../../model/plan.ts';
import { kvmMissing } from '../../vmms/accel.ts';
import { vmmOf } from '../../vmms/index.ts';
import { foldCommand } from '../../words/fold-command.ts';
import { visibleText } from '../../words/visible-text.ts';
import { wrap } from '../../words/wrap.ts';
import type { CliContext } from '../command.ts';
import { lookOf, type OutputFlags } from '../output.ts';

/** Into a pipe each command is one line; a terminal, or --width, has them broken so that a shell still reads them. */
export async function printPlan(spec: LabSpec, flags: OutputFlags, context: CliContext): Promise<void> {
  const { signal } = context;
  const { facts, unavailable } = await knownForPlan(spec, signal);
  const plan = planLab(spec, facts, unavailable);
  const emulated = await isEmulated(plan);
  if (flags.json) {
    const { ms, mostMs, assumes } = estimatePlan(plan, { emulated });
    const seconds = Math.round(ms / 1000);
    const most = mostMs === ms ? {} : { mostSeconds: Math.round(mostMs / 1000) };
    const estimate = { seconds, ...most, assumes };
    return context.print(`${JSON.stringify({ ...recordPlan(plan), estimate }, null, 2)}\n`);
  }
  const text = renderPlan(plan, { ...(await renderedGuest(plan, signal)), emulated });
  const isLaidOut = flags.width !== undefined || process.stdout.isTTY === true;
  context.print(visibleText(isLaidOut ? foldPlan(text, lookOf(flags).width) : text));
}

/** The same for a shell, in lines of `width` columns. */
export function foldPlan(text: string, width: number): string {
  const fold = (line: string): string[] =>
    line.startsWith('#') ? foldComment(breakable(line), width) : foldCommand(line, width);
  return text.split('\n').flatMap(fold).join('\n');
}

/** Its own indentation stays, and what goes on stands below it. */
function foldComment(line: string, width: number): string[] {
  const [sign = ''] = /^# */.exec(line) ?? [];
  return wrap(line.slice(sign.length), { width, first: sign, rest: '#   ' });
}

/** JSON in a comment is broken as words are: a blank behind each comma says the same. */
function breakable(comment: string): string {
  return /^#.* \{".*\}$/.test(comment) ? comment.replaceAll(/,(?=["{])/g, ', ') : comment;
}

/** Under `accel: auto` as far as it shows without a boot. */
async function isEmulated({ spec }: Plan): Promise<boolean> {
  const { accel, arch } = spec.guest;
  return accel === 'auto' ? (await kvmMissing(arch)) !== null : accel === 'tcg';
}

/** The VMM's argv needs a kernel and an image; a plan without them says so instead. */
async function renderedGuest(
  { spec, slots, paths }: Plan,
  signal: AbortSignal,
): Promise<Omit<RenderedGuest, 'emulated'>> {
  try {
    const guest = await planGuest(spec.guest, { name: spec.name, slots, paths, signal });
    return { argv: vmmOf(spec.guest.vmm).argv(await planTickRate(guest, signal), []), missing: '' };
  } catch (error) {
    signal.throwIfAborted();
    return { argv: null, missing: reasonOf(error) };
  }
}
