// SPDX-License-Identifier: GPL-2.0-only
/** Where the lab of a command comes from: a lab file or the defaults, with the options laid over it. */
import { resolve } from 'node:path';
import type { LabOverrides } from '../config/lab-overrides.ts';
import { misfitError } from '../config/lab-problem.ts';
import { makeLab, readLabText } from '../config/make-lab.ts';
import { readBlockDuration, readProbes } from '../config/probe-words.ts';
import { readUntil } from '../config/until-words.ts';
import type { KernelChoice, LabSpec } from '../model/lab-spec.ts';
import type { LabFlags } from './lab-options.ts';

export async function loadLab(file: string | undefined, flags: LabFlags): Promise<LabSpec> {
  return makeLab(file === undefined ? null : await readLabText(file), overridesOf(flags));
}

/** The options as data. Throws USAGE for words that are none. */
export function overridesOf(flags: LabFlags): LabOverrides {
  const { quick, thorough, only = [], paths = [], compare, scheduling, duration, kernel, modules } = flags;
  const { cure, reference, draws, guests, twin, count, direction, maxDraws, seed, accel } = flags;
  const named = [...only, ...paths];
  const probes = readProbes(flags);
  return {
    ...{ cure, reference, draws, guests, twin, count, direction, maxDraws, seed, accel },
    ...readUntil(flags),
    pairs: compare,
    policy: scheduling,
    effort: quick ? 'quick' : thorough ? 'thorough' : undefined,
    only: named.length === 0 ? undefined : named,
    probes: probes.length === 0 ? undefined : probes,
    durationNs: duration === undefined ? undefined : readBlockDuration(duration),
    kernel: kernel === undefined ? undefined : kernelOf(kernel, modules),
    modules: kernel === undefined && modules !== undefined ? resolve(modules) : undefined,
  };
}

function kernelOf(kernel: string, modules: string | undefined): KernelChoice {
  const folder = modules === undefined ? null : resolve(modules);
  if (kernel !== 'debian' && kernel !== 'host') return { kind: 'file', image: resolve(kernel), modules: folder };
  if (folder === null) return { kind: kernel };
  throw misfitError(`--kernel ${kernel} brings its own modules: leave --modules out`);
}
