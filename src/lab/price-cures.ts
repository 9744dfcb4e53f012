// SPDX-License-Identifier: GPL-2.0-only
/** What a cure costs: latency with and without, interleaved in one guest, by the method of every comparison. */
import { basename } from 'node:path';
import type { Diagnosis, Price } from '../model/diagnosis.ts';
import type { LabSpec, PathSpec } from '../model/lab-spec.ts';
import type { Progress } from '../model/progress.ts';
import { buildReport } from '../results/run/build.ts';
import { readRun } from '../run-store/read-run.ts';
import { toolVersion } from '../system/paths.ts';
import { formatHeading, formatProbe } from '../words/format.ts';
import type { AppliedVariant } from './diagnose/apply-cures.ts';
import { attempt } from './diagnose/failure.ts';
import { runLab } from './run.ts';

export interface PriceOptions {
  readonly spec: LabSpec;
  readonly runsRoot: string;
  readonly draws: number;
  readonly argv: readonly string[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Transactions of the overview: the comparison is what is asked. */
const OVERVIEW_COUNT = 1000;

/** A price for every path that has a cure that healed it. */
export async function priceCures(
  diagnosis: Diagnosis,
  applied: readonly AppliedVariant[],
  options: PriceOptions,
): Promise<Price[]> {
  const prices: Price[] = [];
  for (const path of diagnosis.paths) {
    const healed = applied.filter(({ result }) => result.path === path.path && result.healed);
    const [first] = healed;
    if (first === undefined) continue;
    const carries = path.ladders.every(({ rungs }) =>
      rungs.every(({ rung, outcome }) => outcome !== 'fail' || !NEEDED.includes(rung)),
    );
    prices.push(await priceOne({ healed, reference: carries ? first.original : null, options }));
  }
  return prices;
}

/** What the probe of a price needs of the path as it was. */
const NEEDED: readonly string[] = ['link', 'arp', 'tcp-connect', 'tcp-small'];

interface PriceInput {
  readonly healed: readonly AppliedVariant[];
  /** The path as it was, where it carries the probe. */
  readonly reference: PathSpec | null;
  readonly options: PriceOptions;
}

async function priceOne({ healed, reference, options }: PriceInput): Promise<Price> {
  const { spec, draws, runsRoot, progress, signal } = options;
  const [first, ...others] = healed.map(({ variant }) => variant);
  if (first === undefined) throw new Error('a price without a cure');
  const against = reference ?? first;
  const candidates = reference === null ? others : [first, ...others];
  const probe = spec.probes.find(({ paceNs }) => paceNs === 0) ?? spec.probes[0];
  if (probe === undefined) throw new Error('a lab without probes');
  const lab: LabSpec = {
    ...spec,
    paths: [against, ...candidates].map((path) => ({ ...path, named: true })),
    probes: [{ ...probe, count: Math.min(probe.count, OVERVIEW_COUNT), compare: true }],
    comparison: {
      ...spec.comparison,
      reference: against.name,
      pairs: candidates.map(({ name }) => [name, against.name] as const),
      draws: candidates.length === 0 ? 0 : draws,
      guests: 1,
      twin: candidates.length > 0,
    },
  };
  const measured = await attempt(
    () =>
      progress.step('price the cure', () =>
        // The diagnosis itself holds the lock.
        runLab({ spec: lab, runsRoot, label: 'price', force: true, argv: options.argv, progress, signal }),
      ),
    signal,
  );
  const price = {
    against: reference === null ? ('cures' as const) : ('uncured' as const),
    path: healed[0]?.original.name ?? '',
    names: Object.fromEntries([
      ...healed.map(({ variant, result }) => [variant.name, `cure ${result.number}`] as const),
      ...(reference === null ? [] : [[reference.name, `${reference.name} as it was`] as const]),
    ]),
  } satisfies Partial<Price>;
  if (!measured.ok)
    return { ...price, run: null, heading: formatProbe(probe), cells: [], comparisons: [], failed: measured.why };
  const report = buildReport(await readRun(measured.value.folder), toolVersion);
  return {
    ...price,
    run: basename(measured.value.folder),
    heading: formatHeading(probe, 'p50 in pairs, slots reversed', report.machine.accel === 'tcg'),
    cells: report.probes.flatMap(({ cells }) => cells),
    comparisons: report.probes.flatMap(({ comparisons }) => comparisons),
    failed: null,
  };
}
