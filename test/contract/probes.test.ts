// SPDX-License-Identifier: GPL-2.0-only
/** What every kind of probe owes the core, checked on each entry of the one array. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Block } from '../../src/model/block.ts';
import type { Measure } from '../../src/model/measure.ts';
import type { ProbeSpec } from '../../src/model/probe-spec.ts';
import type { CellSummary } from '../../src/model/result.ts';
import type { Samples } from '../../src/model/samples.ts';
import { PROBES, probeOf, protocolOf, protocolWords } from '../../src/probes/index.ts';
import { writeContainer } from '../../src/probes/prober/container.ts';
import { encodeSamplesFile } from '../../src/probes/prober/samples-file.ts';
import { SERVICE } from '../../src/probes/prober/server-times.ts';
import { roundTrip } from '../../src/probes/rr/round-trip.ts';
import { compareDraws } from '../../src/stats/compare-draws.ts';
import { drawEffect } from '../../src/stats/draw-effect.ts';
import { makeSamples } from '../fixtures/generated-samples.ts';
import { createNormalRandom } from '../fixtures/normal-random.ts';
import { cameTo } from '../support/came-to.ts';

const GROUP_SIZE = 50;
const PLACEMENT = { cpu: 1, fifo: null, lockMemory: true, forceSpin: false } as const;
const GRANTED = { scheduling: 'other', cpu: 1, memoryLocked: true, refused: [] };

function specOf(protocol: string): ProbeSpec {
  return {
    ...{ name: 'asked', protocol, direction: 'guest-to-host1', requestBytes: 64, responseBytes: 1024 },
    ...{ paceNs: 0, wait: 'block', count: 1000, durationNs: null, compare: true },
  };
}

function orderOf(protocol: string) {
  const paths = [0, 1].map((i) => ({ port: 7000 + i, listen: `192.0.2.${i + 1}`, connect: `192.0.2.${i + 1}` }));
  const counts = { count: 1000, warmup: 100, groupSize: GROUP_SIZE, seed: 7 };
  return { probe: specOf(protocol), paths, ...counts, placement: PLACEMENT };
}

function twoPaths(levelsNs: readonly [number, number]): Samples {
  const shape = {
    count: 1000,
    warmup: 100,
    groupSize: GROUP_SIZE,
    paceNs: 0,
    lossShare: 0,
    random: createNormalRandom(3),
  };
  return makeSamples({ ...shape, levelsNs }).samples;
}

/** A client's result as the prober writes it. */
function clientBytes(protocol: string, samples: Samples): Buffer {
  const counts = { skippedSlots: 0, lateResponses: 0, badResponses: 0, retransmits: 0, voluntarySwitches: 1 };
  return encodeSamplesFile(samples, {
    ...{ role: 'client', protocol, ended: 'count', granted: GRANTED },
    counts: { ...counts, involuntarySwitches: 0, cpuNs: 1, wallNs: 1e9 },
    paths: [
      { index: 0, measured: 1000, lost: 0, retransmits: 0, error: null },
      { index: 1, measured: 1000, lost: 0, retransmits: 0, error: 'connection refused' },
    ],
  });
}

/** A server that kept no residence time. */
function serverBytes(): Buffer {
  const kind = { magic: 'HOPLABR\n', recordBytes: SERVICE.size };
  return writeContainer(kind, { role: 'server', granted: GRANTED, listeners: [] }, new Uint8Array(0));
}

function comparisonBy<L, D>(measure: Measure<L, D>, levelsNs: readonly [number, number]) {
  const draws = [0, 1, 2, 3].map((draw) => {
    const key = { draw, guest: 0, reversed: draw % 2 === 1 };
    const samples = twoPaths(levelsNs);
    const outcome = drawEffect({ measure, samples, candidate: 1, reference: 0, groupSize: GROUP_SIZE, key });
    assert.equal(outcome.kind, 'effect');
    // Draws that agree to the last digit have no spread, and no interval either.
    const { effect } = outcome;
    return { ...effect, logRatio: effect.logRatio + draw * 1e-4 };
  });
  const pair = { candidate: 'b', reference: 'a', probe: 'asked', k: 2, isTwin: false };
  return compareDraws({ measure, ...pair, draws, n: 4000, lost: 0, discarded: 0 });
}

describe('the kinds of probes', () => {
  it('have words of their own, and are found by them', () => {
    assert.equal(new Set(protocolWords()).size, protocolWords().length);
    assert.equal(new Set(PROBES.map(({ kind }) => kind)).size, PROBES.length);
    for (const probe of PROBES)
      for (const { word } of probe.protocols) {
        assert.match(word, /^[a-z]+(_[a-z]+)*$/);
        assert.equal(probeOf(word), probe);
        assert.equal(protocolOf(word).word, word);
      }
    for (const { keys } of PROBES)
      for (const [key, schema] of Object.entries(keys.shape))
        assert.ok(
          PROBES.every((other) => (other.keys.shape[key] ?? schema) === schema),
          `two keys are called ${key}`,
        );
    assert.throws(() => probeOf('nosuch'), /no kind of probe has the protocol nosuch/);
  });
});

for (const probe of PROBES)
  for (const { word } of probe.protocols)
    describe(`probe ${probe.kind}, ${word}`, () => {
      const order = orderOf(word);
      const samples = twoPaths([50_000, 60_000]);
      const raw = { name: 'b1', probe: order.probe, client: clientBytes(word, samples), server: serverBytes() };

      it('has a default for each of its keys in the lab file, and says what they come to', () => {
        const shape = Object.entries(probe.keys.shape);
        const file = Object.fromEntries(shape.map(([key, schema]) => [key, schema.parse(undefined)]));
        const { sent, word: part } = probe.keys.sends({ ...file, another: 'key' });
        assert.ok(Number.isInteger(sent.requestBytes) && Number.isInteger(sent.responseBytes));
        assert.match(part ?? '', /^[a-z0-9-]*$/);
      });

      it('tells client and server of every path, a line a key, and to go', () => {
        const client = probe.orders.client({ ...order, inGuest: true, stampsSent: true, patience: 1 });
        const server = probe.orders.server(order);
        for (const text of [client, server]) {
          assert.match(text, /^([a-z_]+( \S+)+\n)+go\n$/);
          for (const { port } of order.paths) assert.match(text, new RegExp(` ${port}$`, 'm'));
          assert.match(text, /^cpu 1$/m);
        }
        assert.notEqual(client, probe.orders.client({ ...order, inGuest: false, stampsSent: true, patience: 1 }));
        assert.notEqual(client, probe.orders.client({ ...order, inGuest: true, stampsSent: false, patience: 1 }));
        assert.notEqual(client, probe.orders.client({ ...order, inGuest: true, stampsSent: true, patience: 2 }));
      });

      it('decodes what both left, and its file is decoded to the same samples', () => {
        const decoded = probe.decode(raw);
        assert.deepEqual(decoded.lost, [{ index: 1, reason: 'connection refused' }]);
        assert.deepEqual(decoded.answered, [1100, 1100]);
        assert.equal(decoded.samples.length, samples.length);
        const again = probe.decode({ ...raw, client: decoded.encode({ id: 'b1' } as Block) });
        assert.deepEqual(again.samples, decoded.samples);
      });

      it('refuses results that end early or are damaged', () => {
        for (const part of ['client', 'server'] as const) {
          const whole = raw[part];
          for (const bytes of [whole.subarray(0, whole.length - 1), new Uint8Array(0), Buffer.from('nonsense')])
            assert.throws(() => probe.decode({ ...raw, [part]: bytes }), { code: 'SAMPLES_CORRUPT' });
        }
      });

      it('gives every usable sample a figure above 0', () => {
        const measure = probe.measure(order.probe);
        assert.equal(measure.unit, probe.unit);
        assert.ok(measure.statistics.includes('p50'));
        const observed = measure.observe(samples);
        assert.equal(observed.length, samples.length);
        assert.ok(observed.value.every((value) => value > 0));
      });

      it('summarizes a path in its columns, and a path without an answer in counts alone', () => {
        const outcome = probe.summarize({ probe: order.probe, samples, path: 0, wallNs: 1e9, seed: 1 });
        assert.equal(outcome.kind, 'summary');
        const known = { path: 'a', backend: 'tap', twinOf: null, probe: 'asked', k: 2, skippedSlots: 0 };
        const row: CellSummary = { ...known, ...outcome.summary, ratioToHost: 1, proven: true };
        assert.ok(probe.columns.some(({ exact }) => exact(row) !== null));
        assert.equal(new Set(probe.columns.map(({ head }) => head)).size, probe.columns.length);
        for (const { exact, means } of probe.columns) {
          assert.ok(Number.isFinite(exact(row) ?? 0));
          assert.notEqual(means, '');
        }
        const lost = { ...samples, flags: samples.flags.map(() => 1) };
        assert.equal(
          probe.summarize({ probe: order.probe, samples: lost, path: 0, wallNs: 1e9, seed: 1 }).kind,
          'empty',
        );
      });
    });

describe('a comparison', () => {
  /** A second kind of figure: more of it is better. */
  const rate: Measure<{ referencePps: number; candidatePps: number }, { differencePps: number }> = {
    unit: 'packets/s',
    statistics: ['p50', 'mean'],
    observe: ({ length, path, flags, group, rttNs }) => ({
      ...{ length, path, flags, group },
      value: Float64Array.from(rttNs, (ns) => 1e9 / ns),
    }),
    levels: (referencePps, candidatePps) => ({ referencePps, candidatePps }),
    referenceOf: ({ referencePps }) => referencePps,
    difference: (differencePps) => ({ differencePps }),
  };

  it('of times calls the longer one slower, and of rates the higher one faster', () => {
    assert.equal(cameTo(comparisonBy(roundTrip, [50_000, 60_000])), 'slower');
    assert.equal(cameTo(comparisonBy(roundTrip, [60_000, 50_000])), 'faster');
    assert.equal(cameTo(comparisonBy(rate, [50_000, 60_000])), 'slower');
    assert.equal(cameTo(comparisonBy(rate, [60_000, 50_000])), 'faster');
  });

  it('says the difference in the unit of its measure', () => {
    const times = comparisonBy(roundTrip, [50_000, 60_000]);
    const rates = comparisonBy(rate, [50_000, 60_000]);
    const near = (found: number, expected: number) => assert.ok(Math.abs(found / expected - 1) < 0.01, `${found}`);
    near(times.differenceNs, times.relative * (times.draws[0]?.referenceP50Ns ?? 0));
    near(rates.differencePps, rates.relative * (rates.draws[0]?.referencePps ?? 0));
    assert.ok(times.differenceNs > 0 && rates.differencePps < 0);
    assert.ok(Math.abs((1 + times.relative) * (1 + rates.relative) - 1) < 0.01);
  });
});
