// SPDX-License-Identifier: GPL-2.0-only
/** What the report of a trace says of one path: its breakdown, its blocks and what tracing them cost. */

import { SAMPLE_FLAGS } from '../../model/samples.ts';
import type { Breakdown, Coverage } from '../../model/trace-breakdown.ts';
import type { ClockAlignment } from '../../model/trace-clock.ts';
import type { TracedBlock, TracedPath } from '../../model/trace-report.ts';
import { quantile } from '../../stats/quantile.ts';
import { sortedCopy } from '../../stats/sorted.ts';
import { breakDown } from '../../trace/breakdown/breakdown.ts';
import { traceCost } from '../../trace/breakdown/cost.ts';
import { middleOf, pairedP50s } from './cost.ts';
import type { JoinedBlock } from './joined-block.ts';
import { expectedSteps } from './names.ts';
import { lostRecords, whyNoTsc } from './read-block.ts';
import { stampedMachine } from './read-stamps.ts';
import { slowestOf } from './slow.ts';
import { poolPath, type TraceSource, usedBlocks } from './source.ts';

export async function buildPath(source: TraceSource, name: string): Promise<TracedPath> {
  const { run, blocks } = source;
  const backend = run.plan?.paths.find((path) => path.name === name)?.backend ?? name;
  const used = usedBlocks(source, name);
  const p50s = pairedP50s(run, name, used);
  return {
    path: name,
    backend,
    blocks: blocks.filter(({ block }) => block.paths.includes(name)).map(describeBlock),
    breakdown: used.length === 0 ? null : breakPathDown(source, name, used),
    cost: p50s.length === 0 ? null : traceCost(p50s),
    tracedP50Ns: middleOf(p50s.map(({ tracedNs }) => tracedNs)),
    plainP50Ns: middleOf(p50s.map(({ plainNs }) => plainNs)),
    serverNs: serverTimes(source, name, used),
    slow: await slowestOf(source, name),
  };
}

/** Stamps of the client's sockets say nothing of the other machine: what its server says itself is all that is known. */
function serverTimes(source: TraceSource, name: string, blocks: readonly JoinedBlock[]): TracedPath['serverNs'] {
  const stamped = blocks.filter(({ context }) => context !== null && stampedMachine(context) !== null);
  if (stamped.length === 0) return null;
  const { samples } = poolPath(source, name, stamped);
  const known = samples.serverNs.filter((_, i) => ((samples.flags[i] ?? 0) & SAMPLE_FLAGS.serverStamp) !== 0);
  if (known.length === 0) return null;
  const sorted = sortedCopy(Float64Array.from(known));
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
}

/** Over these blocks of a path. */
export function breakPathDown(source: TraceSource, name: string, blocks: readonly JoinedBlock[]): Breakdown {
  const { timelines, samples } = poolPath(source, name, blocks);
  const { asked, refused } = askedOf(blocks);
  const planned = source.run.plan?.paths.find((path) => path.name === name);
  const attached = new Set(asked.map(({ machine, point }) => `${machine} ${point}`));
  const machines = [...new Set(asked.map(({ machine }) => machine))];
  for (const { machine, point } of refused) attached.delete(`${machine} ${point}`);
  return breakDown(timelines, {
    alignment: widest(blocks.flatMap(({ joined }) => [...(joined?.alignments.values() ?? [])])),
    samples: { samples, path: 0, numbering: 'order' },
    expected:
      planned === undefined ? [] : expectedSteps(planned, { attached, machines, direction: source.probe.direction }),
    asked,
    refused,
  });
}

/** The one of the largest bound: what holds for all blocks. */
function widest(alignments: readonly ClockAlignment[]): ClockAlignment | null {
  return alignments.reduce<ClockAlignment | null>(
    (most, one) => (most !== null && most.boundNs >= one.boundNs ? most : one),
    null,
  );
}

/** What was asked for in any block, and refused in any. */
function askedOf(blocks: readonly JoinedBlock[]): Pick<Coverage, 'asked' | 'refused'> {
  const files = blocks.flatMap((block) => block.files);
  const asked = files.flatMap(({ machine, state }) => state.header.asked.map((point) => ({ machine, point })));
  const refused = files.flatMap(({ machine, state }) => state.header.refused.map((one) => ({ machine, ...one })));
  const distinct = <T>(all: readonly T[]) => [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
  return { asked: distinct(asked), refused: distinct(refused) };
}

function describeBlock(read: JoinedBlock): TracedBlock {
  const { block, context, files, joined, unused } = read;
  const alignment = widest([...(joined?.alignments.values() ?? [])]);
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
    without: (context?.machines ?? []).flatMap(({ machine, without }) =>
      without === null ? [] : [{ machine, why: without }],
    ),
    passedOver: (context?.machines ?? []).flatMap(({ machine, passedOver = [] }) =>
      passedOver.map((one) => ({ machine, ...one })),
    ),
    clockBoundNs: alignment?.boundNs ?? null,
    clockMethod: alignment?.method ?? null,
    withoutTsc: whyNoTsc(read),
  };
}
