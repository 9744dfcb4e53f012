// SPDX-License-Identifier: GPL-2.0-only
/** What is laid over a lab, as data: it wins over the lab file, which wins over the defaults. */
import { backendOf, backends } from '../backends/index.ts';
import type {
  AccelChoice,
  Arch,
  ComparisonSpec,
  KernelChoice,
  LabSpec,
  PathSpec,
  UntilSpec,
} from '../model/lab-spec.ts';
import type { Direction } from '../model/place.ts';
import type { ProbeSpec } from '../model/probe-spec.ts';
import { showProblem } from '../schema/file-problem.ts';
import { didYouMean } from '../schema/nearest-word.ts';
import { uplink } from '../wires/uplink/uplink.ts';
import { checkLab } from './check-lab.ts';
import { countWithin, DEFAULTS, EFFORTS, type Effort } from './defaults.ts';
import { misfitError } from './lab-problem.ts';
import { defaultReference } from './to-lab-spec.ts';

interface Overriding {
  readonly effort: 'quick' | 'thorough';
  /** The paths that are kept, by name, and then must run. */
  readonly only: readonly string[];
  /** False: what keeps a backend from a fault of its own is left out. */
  readonly cure: boolean;
  /** What uses an uplink of the lab may lose it. */
  readonly uplinkIsMine: boolean;
  readonly reference: string;
  /** These comparisons and no others. */
  readonly pairs: readonly (readonly [string, string])[];
  readonly draws: number;
  readonly guests: number;
  readonly twin: boolean;
  /** The half-width at which no draws are added any more, as a share. */
  readonly until: number;
  /** Both only where draws are added. */
  readonly maxDraws: number;
  readonly maxTimeNs: number;
  /** In the place of those of the lab. */
  readonly probes: readonly ProbeSpec[];
  /** Of every probe, as the three below. */
  readonly count: number;
  readonly durationNs: number;
  readonly direction: Direction;
  readonly seed: number;
  /** An image is an absolute path. */
  readonly kernel: KernelChoice;
  /** For the kernel of the lab, which must be a file; an absolute path. */
  readonly modules: string;
  readonly arch: Arch;
  readonly accel: AccelChoice;
  readonly policy: LabSpec['scheduling']['policy'];
}

/** Absent = as the lab has it. */
export type LabOverrides = { readonly [K in keyof Overriding]?: Overriding[K] | undefined };

/** Throws USAGE for anything that does not fit together. */
export function overrideLab(lab: LabSpec, over: LabOverrides): LabSpec {
  const chosen = choosePaths(lab, over.only ?? []);
  const wired = over.uplinkIsMine ? claimUplinks(chosen) : chosen;
  const paths = over.cure === false ? leaveCures(wired) : wired;
  const spec: LabSpec = {
    ...lab,
    paths,
    guest: {
      ...lab.guest,
      arch: over.arch ?? lab.guest.arch,
      kernel: chooseKernel(lab, over),
      accel: over.accel ?? lab.guest.accel,
    },
    probes: chooseProbes(lab, over),
    comparison: chooseComparison(lab, over, paths),
    scheduling: { ...lab.scheduling, policy: over.policy ?? lab.scheduling.policy },
    seed: over.seed ?? lab.seed,
  };
  refuseIdleDraws(spec, over);
  const problems = checkLab(spec);
  if (problems.length > 0) {
    throw misfitError(
      `the options do not fit this lab: ${problems.map(showProblem).join('; ')}`,
      'hoplab plan with the same options shows the lab; hoplab run --help lists them',
    );
  }
  return spec;
}

/** Draws that were asked for and would not be made: paced probes are not compared unless they say so. */
function refuseIdleDraws({ probes, comparison }: LabSpec, over: LabOverrides): void {
  if (comparison.draws === 0 || probes.some(({ compare }) => compare)) return;
  const asked = [
    ...(over.draws === undefined ? [] : [`--draws ${over.draws}`]),
    ...(over.until === undefined ? [] : ['--until']),
    ...(over.pairs === undefined ? [] : ['--compare']),
  ];
  const [first] = asked;
  if (first === undefined) return;
  const names = probes.map(({ name }) => name).join(', ');
  throw misfitError(
    `${first}: nothing would be drawn, as no probe here is compared (${names}): paced ones are not unless told`,
    'add compare=true to a probe: --probe tcp_rr,pace=10ms,compare=true',
  );
}

function choosePaths({ paths }: LabSpec, only: readonly string[]): readonly PathSpec[] {
  if (only.length === 0) return paths;
  const names = paths.map(({ name }) => name);
  for (const name of only) {
    if (names.includes(name)) continue;
    throw misfitError(`unknown path "${name}"${didYouMean(name, names)}; this lab has ${names.join(', ')}`);
  }
  return paths.filter(({ name }) => only.includes(name)).map((path) => ({ ...path, named: true }));
}

/** Throws USAGE where no path has a cure: the run would then show no fault either. */
function leaveCures(paths: readonly PathSpec[]): PathSpec[] {
  if (!paths.some(({ backend }) => backendOf(backend).uncured !== undefined)) {
    const able = backends.filter(({ uncured }) => uncured !== undefined).map(({ kind }) => kind);
    throw misfitError(`--no-cure: no path of this lab has a cure to leave out; those of ${able.join(' and ')} have`);
  }
  return paths.map((path) => {
    const { uncured } = backendOf(path.backend);
    return uncured === undefined ? path : { ...path, options: uncured(path.options) };
  });
}

/** Throws USAGE where the lab has none. */
function claimUplinks(paths: readonly PathSpec[]): PathSpec[] {
  const claimed = paths.map((path) =>
    path.wire === uplink.kind ? { ...path, wireOptions: { ...path.wireOptions, mine: true } } : path,
  );
  if (paths.some(({ wire }) => wire === uplink.kind)) return claimed;
  throw misfitError(
    '--uplink-is-mine: no path of this lab has an uplink; a lab file has one by `wire: {uplink: eth1}`',
  );
}

function chooseKernel({ guest }: LabSpec, { kernel, modules }: LabOverrides): KernelChoice {
  if (kernel !== undefined) return kernel;
  if (modules === undefined) return guest.kernel;
  if (guest.kernel.kind === 'file') return { ...guest.kernel, modules };
  throw misfitError('--modules belongs to a kernel given as a file: add --kernel FILE');
}

function effortOf({ effort }: LabOverrides): Effort | null {
  return effort === undefined ? null : EFFORTS[effort];
}

function chooseComparison(lab: LabSpec, over: LabOverrides, paths: readonly PathSpec[]): ComparisonSpec {
  const { until, ...comparison } = lab.comparison;
  const effort = effortOf(over);
  const raise = (own: number, wanted: number) => (over.effort === 'thorough' ? Math.max(own, wanted) : own);
  const has = (name: string) => paths.some((path) => path.name === name);
  const draws = over.draws ?? (over.effort === 'quick' ? 0 : raise(comparison.draws, effort?.draws ?? 0));
  const kept = comparison.reference !== null && has(comparison.reference) ? comparison.reference : null;
  return {
    ...comparison,
    reference: over.reference ?? kept ?? defaultReference(paths),
    // Pairs of the file whose paths --only has left out are left out with them.
    pairs: over.pairs ?? comparison.pairs.filter((pair) => pair.every(has)),
    draws,
    guests: over.guests ?? raise(comparison.guests, effort?.guests ?? 0),
    transactions: raise(comparison.transactions, effort?.transactions ?? 0),
    twin: over.twin === false ? false : comparison.twin,
    ...chooseUntil({ until, draws }, over),
  };
}

/** Throws USAGE for a budget of draws that are not added. */
function chooseUntil(
  { until, draws }: { readonly until: UntilSpec | undefined; readonly draws: number },
  over: LabOverrides,
): Pick<ComparisonSpec, 'until'> {
  // A lab that says until when is still looked over quickly.
  const halfWidth = over.until ?? (draws === 0 ? undefined : until?.halfWidth);
  if (halfWidth === undefined) {
    if (over.maxDraws === undefined && over.maxTimeNs === undefined) return {};
    throw misfitError('--max-draws and --max-time belong to draws that are added: add --until 1%, or give --draws');
  }
  const maxDraws = over.maxDraws ?? Math.max(until?.maxDraws ?? DEFAULTS.maxDraws, draws);
  return { until: { halfWidth, maxDraws, maxTimeNs: over.maxTimeNs ?? until?.maxTimeNs ?? null } };
}

function chooseProbes(lab: LabSpec, over: LabOverrides): ProbeSpec[] {
  return (over.probes ?? lab.probes).map((probe) => ({
    ...probe,
    direction: over.direction ?? probe.direction,
    ...lengthOf(probe, over),
  }));
}

/** How long the overview of a probe is: what was asked for, or what the effort makes of the probe's own. */
function lengthOf(probe: ProbeSpec, over: LabOverrides): Pick<ProbeSpec, 'count' | 'durationNs'> {
  const { count, durationNs = null } = over;
  if (durationNs !== null) return { count: count ?? countWithin(durationNs), durationNs };
  if (count !== undefined) return { count, durationNs: null };
  const effort = effortOf(over);
  if (effort === null) return { count: probe.count, durationNs: probe.durationNs };
  const limit = over.effort === 'quick' ? Math.min : Math.max;
  if (probe.paceNs > 0) return { count: limit(probe.count, effort.pacedCount), durationNs: probe.durationNs };
  const longest = limit(probe.durationNs ?? Number.POSITIVE_INFINITY, effort.overviewNs);
  return { count: limit(probe.count, effort.count), durationNs: Number.isFinite(longest) ? longest : null };
}
