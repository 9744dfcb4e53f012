// SPDX-License-Identifier: GPL-2.0-only
/** A trace in the formats of other tools, in pieces, so that none has to be held whole. */

import { release } from 'node:os';
import type { PathPlan } from '../../model/plan.ts';
import { protocolOf } from '../../probes/index.ts';
import { breakPathDown } from '../../results/trace/path.ts';
import { poolPath, type TraceSource, usedBlocks } from '../../results/trace/source.ts';
import type { Run } from '../../run-store/read-run.ts';
import { chromeTrace, type NamedTimelines } from '../../trace/export/chrome-trace.ts';
import { ndjson } from '../../trace/export/ndjson.ts';
import { type PacketEnds, tracePcapng } from '../../trace/export/pcapng.ts';
import { waterfallSvg } from '../../trace/export/waterfall-svg.ts';
import { formatDuration, formatSmallUs } from '../../words/format.ts';

export const EXPORT_KINDS = ['chrome', 'ndjson', 'pcapng', 'svg'] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];

/** What a file of each kind is called after its dot. */
export const EXPORT_SUFFIXES: Readonly<Record<ExportKind, string>> = {
  chrome: 'json',
  ndjson: 'ndjson',
  pcapng: 'pcapng',
  svg: 'svg',
};

export interface ExportFile {
  /** null: of all paths; else of this one. */
  readonly path: string | null;
  readonly pieces: Iterable<string | Uint8Array>;
}

/** One file, or one a path where a picture holds no more. */
export function exportTrace(source: TraceSource, kind: ExportKind, version: string): ExportFile[] {
  switch (kind) {
    case 'chrome':
      return [{ path: null, pieces: chromeTrace(timelinesOf(source)) }];
    case 'ndjson':
      return [{ path: null, pieces: ndjson(timelinesOf(source)) }];
    case 'pcapng':
      return [{ path: null, pieces: tracePcapng(timelinesOf(source), pcapngOptions(source, version)) }];
    case 'svg':
      return source.names.flatMap((path) => {
        const picture = pictureOf(source, path);
        return picture === null ? [] : [{ path, pieces: [picture] }];
      });
    default:
      return kind satisfies never;
  }
}

const UNKNOWN = '0.0.0.0';

function timelinesOf(source: TraceSource): NamedTimelines[] {
  return source.names.flatMap((name) => {
    const used = usedBlocks(source, name);
    return used.length === 0 ? [] : [{ name, timelines: poolPath(source, name, used).timelines }];
  });
}

function pcapngOptions(source: TraceSource, version: string): Parameters<typeof tracePcapng>[1] {
  const { run, probe } = source;
  const { offsetNs, says } = wallClockOf(source);
  return {
    application: `hoplab ${version}`,
    comment: `trace ${run.header.id}; ${says}; lengths are the probe's, headers are made from the records`,
    wallOffsetNs: offsetNs,
    system: `Linux ${run.environment?.kernel.release ?? release()}`,
    protocol: protocolOf(probe.protocol).transport,
    ends: new Map((run.plan?.paths ?? []).map((path): [string, PacketEnds] => [path.name, endsOf(run, path, probe)])),
  };
}

function endsOf(
  run: Run,
  { name, port }: Pick<PathPlan, 'name' | 'port'>,
  { requestBytes, responseBytes, direction }: TraceSource['probe'],
): PacketEnds {
  const plan = run.plan?.paths.find((path) => path.name === name)?.backendPlan;
  const server = plan?.reach[direction].connect ?? UNKNOWN;
  return { client: plan?.nic?.address ?? UNKNOWN, server, port, requestBytes, responseBytes };
}

/** What makes a time of day of the timelines' times, and how right it is. */
function wallClockOf({ run, names, blocks }: Pick<TraceSource, 'run' | 'names' | 'blocks'>): {
  readonly offsetNs: bigint;
  readonly says: string;
} {
  const used = names.flatMap((name) => usedBlocks({ blocks }, name));
  const pair = used.map(({ context }) => context?.wall).find((wall) => wall !== undefined);
  if (pair !== undefined) {
    const offsetNs = BigInt(pair.unixNs) - BigInt(pair.monotonicNs) - BigInt(pair.widthNs >> 1);
    return { offsetNs, says: `times of day within ${formatDuration(pair.widthNs)}` };
  }
  // Older traces have no pair: the first record is as good as the start of its block.
  const block = used[0]?.block;
  const origins = (used[0]?.joined?.paths ?? []).flatMap(({ timelines: { length, originNs, startNs } }) =>
    length === 0 ? [] : [originNs + BigInt(Math.round(startNs[0] ?? 0))],
  );
  const [firstNs = 0n] = origins.sort((a, b) => Number(a - b));
  const startNs = BigInt(Date.parse(block?.startedAt ?? run.header.startedAt)) * 1_000_000n;
  return { offsetNs: startNs - firstNs, says: 'times of day by the start of the block, within some seconds' };
}

function pictureOf(source: TraceSource, path: string): string | null {
  const used = usedBlocks(source, path);
  const { common = null, byShape = [] } = used.length === 0 ? {} : breakPathDown(source, path, used);
  const shown = common ?? byShape[0];
  if (shown === undefined) return null;
  const bounds = used.flatMap(({ joined }) => [...(joined?.alignments.values() ?? [])].map(({ boundNs }) => boundNs));
  const bound = bounds.length === 0 ? '' : `, crossings within ${formatSmallUs(Math.max(...bounds))} us`;
  return waterfallSvg(shown, {
    title: `${path}: where a round trip goes`,
    subtitle: `mean of ${shown.transactions} transactions${bound}; run ${source.run.header.id}`,
  });
}
