// SPDX-License-Identifier: GPL-2.0-only
/** The kernel's stamps of a client's socket as a trace of one machine. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { emptySamples, SAMPLE_FLAGS } from '../../../src/model/samples.ts';
import { decodeSentStamps, splitResult } from '../../../src/probes/prober/sent-stamps.ts';
import { EXPORT_KINDS, exportTrace } from '../../../src/render/formats/trace-export.ts';
import { renderTrace } from '../../../src/render/text/trace.ts';
import { buildTraceReport } from '../../../src/results/trace/build.ts';
import { readTraceSource } from '../../../src/results/trace/source.ts';
import { readRun } from '../../../src/run-store/read-run.ts';
import { stampTimelines } from '../../../src/trace/join/stamp-timelines.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

/** `hoplab trace host --mechanism timestamping --pairs 1 --count 50`, without logs and results.json. */
const FOLDER = join(projectFolder(), 'test', 'fixtures', 'recorded-trace-stamps');
const STAMPS = join('trace', 'host-00-traced-client.hts');

describe('a trace of stamps', () => {
  it('divides the round trip of every transaction, without a remainder', async () => {
    const [path] = (await buildTraceReport(await readRun(FOLDER), '0.1.0')).paths;
    assert.equal(path?.blocks[0]?.unused, null);
    assert.equal(path?.breakdown?.transactions, 50);
    assert.deepEqual(
      path?.breakdown?.common?.steps.map(({ step }) => step.point),
      ['send_enter', 'stamp_queue', 'stamp_driver', 'stamp_receive', 'recv_exit'],
    );
    assert.equal(path?.breakdown?.remainder?.meanNs, 0);
    assert.deepEqual(path?.breakdown?.coverage.refused, []);
    assert.ok(path?.serverNs !== null && path?.serverNs !== undefined && path.serverNs.p50 >= 0);
  });

  it('says what it does not see', async () => {
    const report = await buildTraceReport(await readRun(FOLDER), '0.1.0');
    const text = renderTrace(report, { width: 140, colour: false, ascii: false });
    assert.match(text, /the network and the other machine +host/);
    assert.match(text, /by timestamping on the host/);
    assert.match(text, /the server itself takes p50 [\d.]+, p99 [\d.]+ us/);
  });

  it('is exported as any other', async () => {
    const source = await readTraceSource(await readRun(FOLDER));
    for (const kind of EXPORT_KINDS) {
      const pieces = exportTrace(source, kind, '0.1.0').flatMap((file) => [...file.pieces]);
      assert.ok(pieces.reduce((sum, piece) => sum + piece.length, 0) > 1000, kind);
    }
  });

  it('without its stamps is not used, and the rest is', async (context) => {
    const folder = join(temporaryFolder(context), 'trace');
    cpSync(FOLDER, folder, { recursive: true });
    const bytes = readFileSync(join(FOLDER, STAMPS));
    writeFileSync(join(folder, STAMPS), bytes.subarray(0, bytes.length - 8));
    const unused = async () =>
      (await buildTraceReport(await readRun(folder), '0.1.0')).paths[0]?.blocks[0]?.unused ?? '';
    assert.match(await unused(), /ends early/);
    rmSync(join(folder, STAMPS));
    assert.match(await unused(), /ENOENT|no such file/);
  });
});

describe('stamps', () => {
  it('that are missing or out of order are no part of a timeline', () => {
    const samples = emptySamples(4);
    samples.rttNs.set([100, 100, 100, 100]);
    samples.kernelReceiveNs.set([80, 80, 0, 80]);
    const { kernelStamp, lost } = SAMPLE_FLAGS;
    samples.flags.set([kernelStamp, kernelStamp, 0, lost]);
    const source = {
      ...{ samples, path: 0, client: 'host' as const },
      queueNs: Uint32Array.of(10, 0, 0, 10),
      // Before its queue; after the response had come.
      driverNs: Uint32Array.of(20, 90, 0, 20),
    };
    const { timelines, incomplete, stamped } = stampTimelines(source);
    assert.equal(timelines.length, 2);
    assert.equal(incomplete, 1);
    assert.deepEqual([...timelines.atNs], [0, 10, 20, 80, 100, 0, 90, 100]);
    assert.deepEqual([...timelines.number], [0, 1]);
    assert.equal(stamped.stamp_queue, 1);
  });

  it('come behind the samples, or not at all', () => {
    const alone = readFileSync(join(FOLDER, 'samples', 'host-00-plain.hls'));
    assert.equal(splitResult(alone).sent, null);
    const stamps = readFileSync(join(FOLDER, STAMPS));
    const { samples, sent } = splitResult(Buffer.concat([alone, stamps]));
    assert.equal(samples.length, alone.length);
    assert.equal(decodeSentStamps(sent ?? assert.fail('no stamps'), 'x').length, 100);
    assert.equal(splitResult(Buffer.alloc(3)).sent, null);
  });
});
