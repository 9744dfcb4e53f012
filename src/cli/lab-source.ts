// SPDX-License-Identifier: GPL-2.0-only
/** Where the lab of a command comes from: a lab file or the defaults, with the options laid over it. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LabOverrides } from '../config/lab-overrides.ts';
import { misfitError } from '../config/lab-problem.ts';
import { makeLab, readLabText } from '../config/make-lab.ts';
import { readBlockDuration, readProbes } from '../config/probe-words.ts';
import { defaultLabSpec } from '../config/to-lab-spec.ts';
import { readUntil } from '../config/until-words.ts';
import type { KernelChoice, LabSpec } from '../model/lab-spec.ts';
import { didYouMean } from '../schema/nearest-word.ts';
import type { LabFlags } from './lab-options.ts';

/** The words of a command that opens a lab: a lab file first, or none, then names of paths. Throws USAGE for a word that is neither; `others` are what it may have been meant for besides. */
export async function loadLab(
  words: readonly string[],
  flags: LabFlags,
  others: readonly string[] = [],
): Promise<LabSpec> {
  const { file, named } = sourceOf(words, others);
  const over = overridesOf(flags);
  const only = [...named, ...(over.only ?? [])];
  const text = file === null ? null : await readLabText(file);
  return makeLab(text, { ...over, only: only.length === 0 ? undefined : only });
}

interface LabSource {
  /** null = the lab of every backend. */
  readonly file: string | null;
  /** Paths of it, as --only names them; none = all. */
  readonly named: readonly string[];
}

/** "tap,macvtap" is two paths. */
export function sourceOf(words: readonly string[], others: readonly string[] = []): LabSource {
  const [first, ...rest] = words;
  const file = first !== undefined && isLabFile(first) ? first : null;
  const named = (file === null ? words : rest).flatMap((word) => word.split(',')).filter((word) => word !== '');
  const second = named.find(looksLikeFile);
  if (second !== undefined && file !== null) throw misfitError(`one lab file, got ${file} and ${second}`);
  if (second !== undefined) throw misfitError(`a lab file stands before the paths, got "${words.join(' ')}"`);
  if (file === null) checkNames(named, others);
  return { file, named };
}

/** A path of the default lab goes before a file of the same name. */
function isLabFile(word: string): boolean {
  if (looksLikeFile(word)) return true;
  return !defaultNames().includes(word) && statSync(word, { throwIfNoEntry: false })?.isFile() === true;
}

function looksLikeFile(word: string): boolean {
  return /[/.]/.test(word);
}

function checkNames(names: readonly string[], others: readonly string[]): void {
  const known = defaultNames();
  for (const name of names) {
    if (known.includes(name)) continue;
    throw misfitError(
      `"${name}" is no lab file and no path${didYouMean(name, [...others, ...known])}; the default lab has ${known.join(', ')}`,
    );
  }
}

function defaultNames(): readonly string[] {
  return defaultLabSpec().paths.map(({ name }) => name);
}

/** The options as data. Throws USAGE for words that are none. */
export function overridesOf(flags: LabFlags): LabOverrides {
  const { quick, thorough, only = [], paths = [], compare, scheduling, duration, kernel, modules } = flags;
  const { cure, reference, draws, guests, twin, count, direction, maxDraws, seed, arch, accel, uplinkIsMine } = flags;
  const named = [...only, ...paths];
  const probes = readProbes(flags);
  return {
    ...{ cure, reference, draws, guests, twin, count, direction, maxDraws, seed, arch, accel, uplinkIsMine },
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
