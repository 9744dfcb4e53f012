// SPDX-License-Identifier: GPL-2.0-only
/** Records that a bench decodes: some transactions are simulated, in a thread of their own, whose memory goes with it. */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { RECORD } from '../../src/trace/records/record-layout.ts';
import { GUEST_PATH, HOST_PATH, type SimulatedTrace, simulateTrace } from '../../test/fixtures/simulated-trace.ts';
import { recordBytes, type WrittenRecord } from '../../test/fixtures/trace-file.ts';

/** Transactions that are simulated; the rest of a run is these, later and with higher numbers. */
export const TEMPLATE = 2000;
export const REQUEST_BYTES = 64;

/** A file in chunks that are made as they are asked for: what is measured must not hold the run in memory. */
export interface GeneratedFile {
  readonly machine: 'host' | 'guest';
  readonly template: Buffer;
  readonly spanNs: bigint;
  readonly rounds: number;
}

type TracePath = 'guest' | 'host';
type Template = Omit<GeneratedFile, 'rounds'>;

/** Files of at least so many records in all. What simulates them takes 80 MB, which a reader of files does not have. */
export async function makeTemplates(records: number, path: TracePath): Promise<GeneratedFile[]> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { tracePath: path } });
  const [posted] = (await once(worker, 'message')) as [readonly Template[]];
  await worker.terminate();
  const parts = posted.map((part) => ({ ...part, template: Buffer.from(part.template) }));
  const perRound = parts.reduce((sum, { template }) => sum + template.length / RECORD.size, 0);
  const rounds = Math.ceil(records / perRound);
  return parts.map((part) => ({ ...part, rounds }));
}

function simulate(path: TracePath): Template[] {
  const trace: SimulatedTrace = {
    ...{ hops: path === 'guest' ? GUEST_PATH : HOST_PATH, transactions: TEMPLATE + 1, seed: 1 },
    ...{ offsetNs: 2e9, driftPpm: 0, acks: true, requestBytes: REQUEST_BYTES },
  };
  const { host, guest, startNs } = simulateTrace(trace);
  const [first = 0, last = 0] = [startNs[0], startNs[TEMPLATE]];
  const before = (all: readonly WrittenRecord[], endNs: number) => all.filter(({ timeNs }) => Number(timeNs) < endNs);
  return [
    { machine: 'host' as const, template: recordBytes(before(host, last)) },
    { machine: 'guest' as const, template: recordBytes(before(guest, last - 2e9)) },
  ]
    .filter(({ template }) => template.length > 0)
    .map((part) => ({ ...part, spanNs: BigInt(last - first) }));
}

if (!isMainThread && typeof workerData === 'object' && workerData !== null && 'tracePath' in workerData)
  parentPort?.postMessage(simulate(workerData.tracePath === 'host' ? 'host' : 'guest'));
