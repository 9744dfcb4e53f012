/** Builds the report of a trace from its run folder: pure computation over records and samples, at any time later. */
import { HoplabError } from '../model/errors.ts';
import type { ProbeSpec } from '../model/probe-spec.ts';
import type { Warning } from '../model/result.ts';
import type { Timelines } from '../model/trace.ts';
import type { TracedBlock, TracedPath, TraceReport } from '../model/trace-report.ts';
import type { Run } from '../run-store/read-run.ts';
import { environmentWarnings } from './environment-warnings.ts';
import { machineLine } from './machine-line.ts';
import { poolTimelines } from './pool-timelines.ts';
import { type JoinedBlock, joinBlock, lostRecords } from './trace-join.ts';
import { expectedSteps } from './trace-names.ts';
import { type BlockRtts, rttsOf } from './trace-rtts.ts';

/** Throws NO_DATA where there is no traced block, and RUN_DAMAGED where its probe is not known. */
export async function buildTraceReport(run: Run, version: string = run.header.tool.version): Promise<TraceReport> {
  const probe = probeOf(run);
  const traced = run.blocks.filter(({ trace }) => trace?.traced === true);
  if (traced.length === 0 && run.failed.length === 0) throw noDataError(run);
  const joined: JoinedBlock[] = [];
  for (const block of traced) joined.push(await joinBlock(run, block, probe));
  const names = [...new Set(run.blocks.flatMap(({ paths }) => paths))];
  const order = (run.plan?.paths ?? []).map(({ name }) => name);
  names.sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return {
    schema: 1,
    kind: 'trace',
    tool: { name: 'hoplab', version },
    run: run.header,
    profile: joined.find(({ context }) => context !== null)?.context?.profile ?? 'full',
    probe,
    k: Math.max(0, ...run.blocks.map(({ paths }) => paths.length)),
    paths: names.map((name) => buildPath(run, name, joined)),
    unavailable: run.unavailable,
    failed: run.failed,
    warnings: warningsOf(run),
    machine: machineLine(run),
  };
}

function buildPath(run: Run, name: string, joined: readonly JoinedBlock[]): TracedPath {
  const backend = run.plan?.paths.find((path) => path.name === name)?.backend ?? name;
  const own = joined.filter(({ block }) => block.paths.includes(name));
  const used = own.filter(({ unused }) => unused === null);
  const p50s = pairedP50s(run, name, used);
  return {
    path: name,
    backend,
    blocks: own.map(describeBlock),
    breakdown: used.length === 0 ? null : breakdownOf(run, name, used),
    cost: p50s.length === 0 ? null : traceCost(p50s),
    tracedP50Ns: medianOf(p50s.map(({ tracedNs }) => tracedNs)),
    plainP50Ns: medianOf(p50s.map(({ plainNs }) => plainNs)),
  };
}

function describeBlock({ block, files, joined, unused }: JoinedBlock): TracedBlock {
  return {
    id: block.id,
    pair: block.trace?.pair ?? 0,
    unused,
    machines: files.map(({ machine, state }) => ({
      machine,
      mechanism: state.header.mechanism,
      records: state.records,
      lost: lostRecords(state),
      damage: state.damage,
    })),
    clockBoundNs: joined?.alignment?.boundNs ?? null,
  };
}

function probeOf(run: Run): ProbeSpec {
  const probe = run.plan?.blocks.find(({ trace }) => trace !== undefined)?.probe ?? run.spec?.probes[0];
  if (probe !== undefined) return probe;
  throw new HoplabError({
    code: 'RUN_DAMAGED',
    message: `report the trace ${run.header.id}: neither plan.json nor spec.json says what its probe was`,
    hint: 'copy the run folder again from where it was recorded',
  });
}

function noDataError(run: Run): HoplabError {
  const damage = run.damage.length === 0 ? '' : `; ${run.damage.slice(0, 3).join('; ')}`;
  return new HoplabError({
    code: 'NO_DATA',
    message: `report the trace ${run.header.id}: it has no traced block${damage}`,
    hint: `look into ${run.path}/logs, then hoplab trace again`,
  });
}

function warningsOf(run: Run): Warning[] {
  const { state } = run.header;
  const unfinished =
    state === 'finished'
      ? []
      : [
          {
            kind: 'unfinished',
            text: `the trace is not whole: its run is ${state}; ${run.blocks.length} blocks are here`,
          },
        ];
  return [
    ...unfinished,
    ...run.damage.map((text) => ({
      kind: 'damaged',
      text: `${text}: copy the run folder again if another copy exists`,
    })),
    ...environmentWarnings(run),
    ...run.warnings,
  ];
}
