// SPDX-License-Identifier: GPL-2.0-only
/** Watches a path while something happens on it: frames at every hop, dropped frames by reason, losses of XDP. */

import { existsSync } from 'node:fs';
import type { BackendEvidence } from '../../backends/backend.ts';
import { captureBytes, planCapture, type WatchedHop } from '../../diagnose/capture-plan.ts';
import { type DecodedCapture, decodeCapture } from '../../diagnose/decode-capture.ts';
import {
  type DecodedDrops,
  DROPS_TRACEPOINT,
  decodeDrops,
  planDrops,
  type WatchedNetns,
} from '../../diagnose/decode-drops.ts';
import type { RunningTool, ToolEnd } from '../../machines/tools.ts';
import type { HopCapture } from '../../model/capture.ts';
import { reasonOf } from '../../model/errors.ts';
import type { DropCount, XdpLoss } from '../../model/evidence.ts';
import { HOST1, HOST2, type Host, type Place } from '../../model/place.ts';
import type { PathPlan } from '../../model/plan.ts';
import type { EvidenceSource, SourceId } from '../../model/source.ts';
import { type NativeTool, nativeBinary } from '../../system/paths.ts';
import { type Lab, machineAt, toolsAt } from '../live/open.ts';
import { readBackendEvidence } from './backend-evidence.ts';
import { explainSource, hopsToWatch, inHopOrder, withRecorded } from './watched-hops.ts';

export interface WatchRequest<T> {
  /** With the path's NIC plugged into its guest. */
  readonly lab: Lab;
  readonly path: PathPlan;
  readonly signal: AbortSignal;
  /** What is watched. */
  readonly work: () => Promise<T>;
}

export interface Watched<T> {
  readonly result: T;
  /** In the order of the way of a request from the guest to host1. */
  readonly captures: readonly HopCapture[];
  /** The most frames first. Frames of other paths of the lab count too: the kernel's reasons know no path. */
  readonly drops: readonly DropCount[];
  /** Frames let go without a reason: see DecodedDrops. */
  readonly unspecified: readonly DropCount[];
  readonly xdp: readonly XdpLoss[];
  /** What the path's own data path saw meanwhile; null where it has none. Asking it again would give what came after. */
  readonly dataPath: BackendEvidence | null;
  readonly sources: readonly EvidenceSource[];
}

const HOSTS: readonly [Host, Host] = [HOST2, HOST1];

/** A reader that cannot be had is a source that was not used, and no failure; what `work` throws goes on. */
export async function watchPath<T>(request: WatchRequest<T>): Promise<Watched<T>> {
  const { lab, path, signal, work } = request;
  const guests = [...lab.guests.keys()];
  const { watched, sources } = hopsToWatch(path, lab.guests);
  const frames: Reader<DecodedCapture>[] = [];
  const drops: Reader<DecodedDrops>[] = [];
  const read = async () => ({
    frames: await Promise.all(frames.map((reader) => reader.read())),
    drops: await Promise.all(drops.map((reader) => reader.read())),
  });
  // Reading empties it: what it recorded before does not belong to this work.
  await readBackendEvidence({ lab, path, signal });
  try {
    drops.push(...(await startAll([HOST2, ...guests].map((place) => startDrops(request, place)))));
    const hops = [...guests, ...HOSTS].map((place) => watched.filter((hop) => hop.place === place));
    frames.push(...(await startAll(hops.map((ofPlace) => startFrames(request, ofPlace)))));
    signal.throwIfAborted();
    const result = await work();
    const found = await read();
    const own = await readBackendEvidence({ lab, path, signal });
    return {
      result,
      captures: inHopOrder(
        path,
        found.frames.flatMap(({ decoded }) => decoded?.captures ?? []),
        own.found?.captures ?? [],
      ),
      drops: found.drops.flatMap(({ decoded }) => decoded?.drops ?? []).sort((a, b) => b.frames - a.frames),
      unspecified: found.drops.flatMap(({ decoded }) => decoded?.unspecified ?? []),
      xdp: withOwn(
        found.drops.flatMap(({ decoded }) => decoded?.xdp ?? []),
        own.found?.xdp ?? [],
      ),
      dataPath: own.found,
      sources: [
        ...withRecorded(
          [...found.frames.flatMap((one) => one.sources).map(explainSource), ...sources],
          own.found?.captures ?? [],
        ),
        ...found.drops.flatMap((one) => one.sources),
        ...own.sources,
      ],
    };
  } finally {
    await read(); // those that still run, after a failure: reading twice is reading once
  }
}

/**
 * Both read the same tracepoints, and a loss is told once. The data path's word is taken: it knows the target of a
 * redirect, while the tracepoint has only the device that the frame came from.
 */
function withOwn(read: readonly XdpLoss[], own: readonly XdpLoss[]): XdpLoss[] {
  const isOwn = (loss: XdpLoss) =>
    own.some((one) => one.place === loss.place && one.tracepoint === loss.tracepoint && one.reason === loss.reason);
  return [...own, ...read.filter((loss) => !isOwn(loss))];
}

interface Finding<D> {
  /** null: the reader could not be run, and the sources say why. */
  readonly decoded: D | null;
  readonly sources: readonly EvidenceSource[];
}

/** A tool that reads until it is asked. */
interface Reader<D> {
  read(): Promise<Finding<D>>;
}

interface ReaderParts<D extends { readonly sources: readonly EvidenceSource[] }> {
  readonly tool: NativeTool;
  readonly where: Place;
  readonly input: string;
  readonly maxOutputBytes?: number;
  /** What is lost without it. */
  readonly source: SourceId;
  readonly decode: (output: Buffer) => D;
}

function startFrames(
  request: WatchRequest<unknown>,
  hops: readonly WatchedHop[],
): Promise<Reader<DecodedCapture>> | null {
  const [first] = hops;
  if (first === undefined) return null;
  return startReader(request, {
    tool: 'capture',
    where: first.place,
    input: planCapture(hops),
    maxOutputBytes: captureBytes(hops.length),
    source: { kind: 'frames', places: [first.place], of: hops.map(({ hop }) => hop).join(', '), device: null },
    decode: (output) => decodeCapture(output, hops),
  });
}

/** On host2, one reader counts for both hosts: its tracepoints are the machine's. */
function startDrops(request: WatchRequest<unknown>, where: Place): Promise<Reader<DecodedDrops>> {
  const { lab } = request;
  const places: readonly [Place, ...Place[]] = where === HOST2 ? HOSTS : [where];
  const netns: WatchedNetns[] =
    where === HOST2 ? HOSTS.map((place) => ({ place, path: machineAt(lab, place).netns(place) })) : [];
  return startReader(request, {
    tool: 'drops',
    where,
    input: planDrops(netns),
    source: { kind: 'drops', places, of: DROPS_TRACEPOINT, device: null },
    decode: (output) => decodeDrops(output, places),
  });
}

async function startReader<D extends { readonly sources: readonly EvidenceSource[] }>(
  { lab, signal }: WatchRequest<unknown>,
  { tool, where, input, maxOutputBytes, source, decode }: ReaderParts<D>,
): Promise<Reader<D>> {
  const without = (why: string): Finding<D> => ({ decoded: null, sources: [{ ...source, used: false, why }] });
  // In the guest too: its image has what was built.
  if (!existsSync(nativeBinary(tool)))
    return readOnce(async () => without(`hoplab-${tool} is not built: hoplab setup`));
  let running: RunningTool;
  try {
    running = await toolsAt(where, lab).start({
      tool,
      words: [],
      input,
      name: tool,
      signal,
      ...(maxOutputBytes === undefined ? {} : { maxOutputBytes }),
    });
  } catch (error) {
    signal.throwIfAborted();
    return readOnce(async () => without(reasonOf(error)));
  }
  return readOnce(async () => {
    try {
      const decoded = decode(outputOf(await running.stop()));
      return { decoded, sources: decoded.sources };
    } catch (error) {
      return without(reasonOf(error));
    }
  });
}

/** Reads once, however often it is asked. */
function readOnce<D>(read: () => Promise<Finding<D>>): Reader<D> {
  let reading: Promise<Finding<D>> | null = null;
  return {
    read: () => {
      reading ??= read();
      return reading;
    },
  };
}

function outputOf({ code, signal, output, said }: ToolEnd): Buffer {
  if (code === 0) return output;
  throw new Error(`it ended with ${signal ?? `status ${code}`}: ${said}`);
}

/** Starts all. Where one throws, those that started are read to their end before the error goes on. */
async function startAll<D>(starting: readonly (Promise<Reader<D>> | null)[]): Promise<readonly Reader<D>[]> {
  const ends = await Promise.allSettled(starting.filter((one) => one !== null));
  const readers = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed === undefined) return readers;
  await Promise.all(readers.map((reader) => reader.read()));
  throw failed.reason;
}
