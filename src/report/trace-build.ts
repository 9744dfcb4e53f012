/** Builds the report of a trace from its run folder: pure computation over records and samples, at any time later. */
import { HoplabError } from '../model/errors.ts';
import type { ProbeSpec } from '../model/probe-spec.ts';
import type { Warning } from '../model/result.ts';
import type { Breakdown, ClockAlignment, Coverage } from '../model/trace.ts';
import type { TracedBlock, TracedPath, TraceReport } from '../model/trace-report.ts';
import type { Run } from '../run-store/read-run.ts';
import { breakDown } from '../trace/breakdown.ts';
import { environmentWarnings } from './environment-warnings.ts';
import { machineLine } from './machine-line.ts';
import { joinSlices, slicePath } from './path-samples.ts';
import { poolTimelines } from './pool-timelines.ts';
import { middleOf, pairedP50s, traceCost } from './trace-cost.ts';
import { type JoinedBlock, joinBlock, lostRecords } from './trace-join.ts';
import { expectedSteps } from './trace-names.ts';

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
    tracedP50Ns: middleOf(p50s.map(({ tracedNs }) => tracedNs)),
    plainP50Ns: middleOf(p50s.map(({ plainNs }) => plainNs)),
  };
}

/** Over the blocks as if they were one: their transactions differ in nothing but their plugging. */
function breakdownOf(run: Run, name: string, used: readonly JoinedBlock[]): Breakdown {
  const slices = used.map(({ block }) => slicePath(run.samples(block), block.paths.indexOf(name), block.counts.wallNs));
  let firstNumber = 0;
  const toGuestFirst = probeOf(run).direction === 'host1-to-guest';
  const timelines = poolTimelines(
    used.flatMap(({ block, joined }, index) => {
      const path = joined?.paths.find((each) => each.path === block.paths.indexOf(name));
      const own = { warmup: block.warmupPerPath, firstNumber };
      firstNumber += slices[index]?.samples.length ?? 0;
      return path === undefined ? [] : [{ timelines: path.timelines, ...own }];
    }),
    toGuestFirst ? 'request' : 'response',
  );
  const { asked, refused } = askedOf(used);
  const planned = run.plan?.paths.find((path) => path.name === name);
  const attached = new Set(asked.map(({ machine, point }) => `${machine} ${point}`));
  for (const { machine, point } of refused) attached.delete(`${machine} ${point}`);
  return breakDown(timelines, {
    alignment: widest(used.map(({ joined }) => joined?.alignment ?? null)),
    samples: { samples: joinSlices(slices).samples, path: 0, numbering: 'order' },
    expected: planned === undefined ? [] : expectedSteps(planned, { attached, toGuestFirst }),
    asked,
    refused,
  });
}

/** The one of the largest bound: what holds for all blocks. */
function widest(alignments: readonly (ClockAlignment | null)[]): ClockAlignment | null {
  return alignments.reduce((most, one) => ((one?.boundNs ?? 0) > (most?.boundNs ?? 0) ? one : most), null);
}

/** What was asked for in any block, and refused in any. */
function askedOf(used: readonly JoinedBlock[]): Pick<Coverage, 'asked' | 'refused'> {
  const files = used.flatMap((block) => block.files);
  const asked = files.flatMap(({ machine, state }) => state.header.asked.map((point) => ({ machine, point })));
  const refused = files.flatMap(({ machine, state }) => state.header.refused.map((one) => ({ machine, ...one })));
  const distinct = <T>(all: readonly T[]) => [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
  return { asked: distinct(asked), refused: distinct(refused) };
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
