/** Lays the options of the command line over a lab: they win over the lab file, which wins over the defaults. */
import { resolve } from 'node:path';
import { backendOf, backends } from '../backends/index.ts';
import { checkLab } from '../config/check-lab.ts';
import { DURATION_COUNT_CAP, EFFORTS } from '../config/defaults.ts';
import { probeSchema, toProbeSpec } from '../config/probe-schema.ts';
import { defaultReference } from '../config/to-lab-spec.ts';
import type { ComparisonSpec, KernelChoice, LabSpec, PathSpec } from '../model/lab-spec.ts';
import type { ProbeSpec } from '../model/probe-spec.ts';
import { showProblem } from '../schema/file-problem.ts';
import { didYouMean } from '../schema/nearest-word.ts';
import { parseDuration } from '../schema/quantity.ts';
import { explainIssues } from '../schema/schema-issues.ts';
import type { LabFlags } from './lab-options.ts';
import { usageError } from './usage.ts';

/** The lab that the flags make of `lab`. Throws USAGE for anything that does not fit together. */
export function overrideLab(lab: LabSpec, flags: LabFlags): LabSpec {
  const chosen = choosePaths(lab, [...(flags.only ?? []), ...(flags.paths ?? [])]);
  const paths = flags.cure === false ? leaveCures(chosen) : chosen;
  const spec: LabSpec = {
    ...lab,
    paths,
    guest: { ...lab.guest, kernel: chooseKernel(lab, flags), accel: flags.accel ?? lab.guest.accel },
    probes: chooseProbes(lab, flags),
    comparison: chooseComparison(lab, flags, paths),
    scheduling: { ...lab.scheduling, policy: flags.scheduling ?? lab.scheduling.policy },
    seed: flags.seed ?? lab.seed,
  };
  const problems = checkLab(spec);
  if (problems.length > 0) {
    throw usageError(
      `the options do not fit this lab: ${problems.map(showProblem).join('; ')}`,
      'hoplab plan with the same options shows the lab; hoplab run --help lists them',
    );
  }
  return spec;
}

function choosePaths({ paths }: LabSpec, only: readonly string[]): readonly PathSpec[] {
  if (only.length === 0) return paths;
  const names = paths.map(({ name }) => name);
  for (const name of only) {
    if (names.includes(name)) continue;
    throw usageError(`unknown path "${name}"${didYouMean(name, names)}; this lab has ${names.join(', ')}`);
  }
  return paths.filter(({ name }) => only.includes(name)).map((path) => ({ ...path, named: true }));
}

/** Throws USAGE where no path has a cure: the run would then show no fault either. */
function leaveCures(paths: readonly PathSpec[]): PathSpec[] {
  if (!paths.some(({ backend }) => backendOf(backend).uncured !== undefined)) {
    const able = backends.filter(({ uncured }) => uncured !== undefined).map(({ kind }) => kind);
    throw usageError(`--no-cure: no path of this lab has a cure to leave out; those of ${able.join(' and ')} have`);
  }
  return paths.map((path) => {
    const { uncured } = backendOf(path.backend);
    return uncured === undefined ? path : { ...path, options: uncured(path.options) };
  });
}

function chooseKernel({ guest }: LabSpec, { kernel, modules }: LabFlags): KernelChoice {
  const folder = modules === undefined ? null : resolve(modules);
  if (kernel === undefined) {
    if (folder === null) return guest.kernel;
    if (guest.kernel.kind === 'file') return { ...guest.kernel, modules: folder };
    throw usageError('--modules belongs to a kernel given as a file: add --kernel FILE');
  }
  if (kernel === 'debian' || kernel === 'host') {
    if (folder === null) return { kind: kernel };
    throw usageError(`--kernel ${kernel} brings its own modules: leave --modules out`);
  }
  return { kind: 'file', image: resolve(kernel), modules: folder };
}

function chooseComparison(lab: LabSpec, flags: LabFlags, paths: readonly PathSpec[]): ComparisonSpec {
  const { comparison } = lab;
  const effort = flags.quick ? EFFORTS.quick : flags.thorough ? EFFORTS.thorough : null;
  const raise = (own: number, wanted: number) => (flags.thorough ? Math.max(own, wanted) : own);
  const has = (name: string) => paths.some((path) => path.name === name);
  const kept = comparison.reference !== null && has(comparison.reference) ? comparison.reference : null;
  return {
    ...comparison,
    reference: flags.reference ?? kept ?? defaultReference(paths),
    // Pairs of the file whose paths --only has left out are left out with them.
    pairs: flags.compare ?? comparison.pairs.filter((pair) => pair.every(has)),
    draws: flags.draws ?? (flags.quick ? 0 : raise(comparison.draws, effort?.draws ?? 0)),
    guests: flags.guests ?? raise(comparison.guests, effort?.guests ?? 0),
    transactions: raise(comparison.transactions, effort?.transactions ?? 0),
    twin: flags.twin === false ? false : comparison.twin,
  };
}

function chooseProbes(lab: LabSpec, flags: LabFlags): ProbeSpec[] {
  const made = [...(flags.probe ?? []).map(parseProbe), ...crossProbes(flags)];
  const durationNs = flags.duration === undefined ? null : readDuration('--duration', flags.duration);
  if (durationNs !== null && durationNs < 1e6)
    throw usageError(`--duration must be at least 1ms, got "${flags.duration}"`);
  return (made.length > 0 ? made : lab.probes).map((probe) => {
    const effort = flags.quick ? EFFORTS.quick : flags.thorough ? EFFORTS.thorough : null;
    const wanted = probe.paceNs > 0 ? effort?.pacedCount : effort?.count;
    const limit = flags.quick ? Math.min : Math.max;
    const effortCount = wanted === undefined ? probe.count : limit(probe.count, wanted);
    const byTime = durationNs === null ? null : Math.min(DURATION_COUNT_CAP, Math.ceil(durationNs / 10_000));
    return {
      ...probe,
      direction: flags.direction ?? probe.direction,
      count: flags.count ?? byTime ?? effortCount,
      durationNs: durationNs ?? probe.durationNs,
    };
  });
}

/** --protocol, --size and --pace make every combination of what they name. */
function crossProbes({ protocol, size, pace }: LabFlags): ProbeSpec[] {
  if (protocol === undefined && size === undefined && pace === undefined) return [];
  return (protocol ?? ['tcp_rr']).flatMap((name) =>
    (size ?? ['1']).flatMap((sizes) => {
      const [request, response = request, ...rest] = sizes.split(',');
      if (rest.length > 0) throw usageError(`--size takes REQUEST or REQUEST,RESPONSE, got "${sizes}"`);
      return (pace ?? ['0']).map((gap) =>
        toProbe({ protocol: name, request, response, pace: gap }, '--protocol, --size, --pace'),
      );
    }),
  );
}

/** "protocol=udp_rr,request=64,pace=1ms": the keys of the lab file. A first word alone is the protocol. */
function parseProbe(text: string): ProbeSpec {
  const fields: Record<string, unknown> = {};
  for (const [index, part] of text.split(',').entries()) {
    const [key = '', ...rest] = part.split('=');
    const value = rest.join('=').trim();
    if (rest.length > 0) fields[key.trim()] = plainValue(key.trim(), value);
    else if (index === 0) fields.protocol = key.trim();
    else throw usageError(`--probe takes KEY=VALUE with commas between, got "${part}" in "${text}"`);
  }
  return toProbe(fields, `--probe ${text}`);
}

/** Only the keys whose schema wants a number or a switch: a size or a pace is read as text. */
function plainValue(key: string, value: string): unknown {
  if (key === 'compare') return value === 'true' ? true : value === 'false' ? false : value;
  return key === 'count' && /^-?\d+$/.test(value) ? Number(value) : value;
}

function toProbe(fields: Readonly<Record<string, unknown>>, option: string): ProbeSpec {
  const parsed = probeSchema.safeParse(fields);
  if (parsed.success) return toProbeSpec(parsed.data);
  const problems = explainIssues(parsed.error.issues, {
    input: fields,
    knownKeys: () => Object.keys(probeSchema.shape),
  });
  throw usageError(`${option}: ${problems.map(showProblem).join('; ')}`, 'docs/lab-file.md lists the keys of a probe');
}

function readDuration(option: string, text: string): number {
  const read = parseDuration(text);
  if (read.ok) return read.value;
  throw usageError(`${option}: ${read.why}`);
}
