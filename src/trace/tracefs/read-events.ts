// SPDX-License-Identifier: GPL-2.0-only
/** Reads a file of pages as the records of a join: the tracefs counterpart of `readRecords`. */
import { HoplabError } from '../../model/errors.ts';
import type { TraceFileHeader, TraceFileState } from '../../model/trace-file.ts';
import type { TakeRecords } from '../records/decode-records.ts';
import { type PagesHeader, refusedPoints } from './header.ts';
import type { LabView } from './lab-view.ts';
import { PagesReader } from './read-pages.ts';
import { RecordWriter } from './record-writer.ts';
import { EventTie } from './tie-events.ts';

/** Throws TRACE_CORRUPT where nothing can be read, and TRACE_IMPOSSIBLE where events and prober contradict each other. */
export async function readEvents(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name: string,
  { view, take }: { readonly view: LabView; readonly take: TakeRecords },
): Promise<TraceFileState> {
  let tie: EventTie | null = null;
  const reader = new PagesReader(name, ({ header, decoder }) => {
    const said = headerOf(header, view);
    const writer = new RecordWriter(take, () => ({ header: said, originNs: decoder.originNs ?? 0n }));
    const refused = new Set(said.refused.map(({ point }) => point));
    const asked = new Set(said.asked.filter((point) => !refused.has(point)));
    const own = new EventTie({
      view: withThreads(view, header),
      asked,
      calls: header.calls,
      names: decoder.names.all,
      writer,
    });
    tie = own;
    return (columns, index, cpu) => own.take(columns, index, cpu);
  });
  for await (const chunk of chunks) reader.push(chunk);
  const { header, trailer, events, damage, bytesLost } = reader.end();
  const state: TraceFileState = {
    ...{ header: headerOf(header, view), trailer, records: events, damage },
    recordsLost: damage === null ? 0 : bytesLost === 0 ? 0 : null,
  };
  // What is not whole says so itself; that its transactions do not add up follows from it.
  if (damage === null && (trailer?.lost ?? []).every((lost) => lost === 0)) finish(tie);
  return state;
}

function finish(tie: EventTie | null): void {
  if (tie === null) throw new HoplabError({ code: 'TRACE_CORRUPT', message: 'a file of pages without a header' });
  tie.finish();
}

function headerOf(header: PagesHeader, { namespaces, tasks }: LabView): TraceFileHeader {
  const { asked, ports } = header.extra;
  return {
    ...{ clock: header.clock, mechanism: header.mechanism, asked, refused: refusedPoints(header) },
    ...{ namespaces, tasks, devices: [], ports },
    ...(header.tsc === undefined ? {} : { tsc: header.tsc }),
  };
}

/** A thread that was there before the trace does what its process does. */
function withThreads(view: LabView, { threads }: PagesHeader): LabView {
  const known = new Set(view.tasks.map(({ tid }) => tid));
  const found = threads.flatMap(({ pid, tids }) => {
    const name = view.tasks.find(({ tid }) => tid === pid)?.name;
    return name === undefined ? [] : tids.filter((tid) => !known.has(tid)).map((tid) => ({ tid, name }));
  });
  return { ...view, tasks: [...view.tasks, ...found] };
}
