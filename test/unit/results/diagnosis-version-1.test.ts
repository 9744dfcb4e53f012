// SPDX-License-Identifier: GPL-2.0-only
/** Diagnoses of schema 1 are read as those of today: each line of their evidence is taken apart, and none changes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressText, counterName, firewallText, routeText, sysctlName } from '../../../src/diagnose/fact-text.ts';
import {
  type Diagnosis,
  diagnosisSchema,
  type EvidenceSummary,
  type KeptFrames,
} from '../../../src/model/diagnosis.ts';
import type { EvidenceSource } from '../../../src/model/source.ts';
import { diagnosisSchema1, fromVersion1 } from '../../../src/results/diagnosis/from-version-1.ts';
import { fromVersion2 } from '../../../src/results/diagnosis/from-version-2.ts';
import { parseDiagnosis } from '../../../src/results/diagnosis/parse.ts';
import { LEAST_DRAWS_FOR_CLAIM } from '../../../src/stats/compare-draws.ts';
import { sourceText } from '../../../src/words/source.ts';
import { recordedDiagnosis, recordedDiagnosisJson, recordedDiagnosisNames } from '../../fixtures/recorded-diagnosis.ts';
import { readEvidence, recordedEvidence } from '../../fixtures/recorded-evidence.ts';

/** The evidence as schema 1 had it. */
function writtenEvidence({ deltas, frames, sources, state, ...rest }: EvidenceSummary) {
  return {
    ...rest,
    deltas: Object.fromEntries(deltas.map((counter) => [counterName(counter), counter.value])),
    frames: Object.fromEntries(frames.map(({ hop, place, frames: count }) => [`${hop}, ${place}`, count])),
    sources: sources.map(writtenSource),
    state: {
      ...state,
      fdbFill: state.fdbFill.map(({ place: _, ...fill }) => fill),
      sysctls: Object.fromEntries(state.sysctls.map((each) => [sysctlName(each), each.value])),
      routes: state.routes.map(routeText),
      firewall: state.firewall.map(firewallText),
      addresses: state.addresses.map(addressText),
    },
  };
}

function writtenSource({ used, why, ...source }: EvidenceSource) {
  return { name: sourceText(source), used, why };
}

function writtenPrice({ comparisons, ...price }: Diagnosis['prices'][number]) {
  return {
    ...price,
    comparisons: comparisons.map(({ outcome: _, direction, validity: __, moreDraws: ___, because: ____, ...rest }) => ({
      ...rest,
      verdict: direction ?? (rest.draws.length < LEAST_DRAWS_FOR_CLAIM ? 'too-few-draws' : 'no-difference'),
      because: '',
    })),
  };
}

function written({ paths, sources, prices, ...diagnosis }: Diagnosis): unknown {
  return {
    ...diagnosis,
    schema: 1,
    paths: paths.map(({ couldNotLook: _, ...path }) => ({ ...path, evidence: path.evidence.map(writtenEvidence) })),
    sources: sources.map(writtenSource),
    prices: prices.map(writtenPrice),
  };
}

describe('a diagnosis of schema 1', () => {
  it('is read, as one of today, and loses no word', () => {
    let old = 0;
    for (const name of recordedDiagnosisNames()) {
      const json = recordedDiagnosisJson(name);
      if (!diagnosisSchema1.safeParse(json).success) continue;
      old += 1;
      const today = recordedDiagnosis(name);
      assert.deepEqual(diagnosisSchema.parse(today), today, name);
      assert.deepEqual(written(today), json, name);
      const kinds = new Set(today.sources.map(({ kind }) => kind));
      assert.ok(kinds.size > 10 && !kinds.has('other'), [...kinds].join());
    }
    assert.ok(old > 0, 'none of schema 1 was recorded');
  });

  for (const name of recordedEvidence())
    it(`gives back the evidence of ${name} from its lines`, () => {
      const { plan, facts: _, captures, ladder: __, ...rest } = readEvidence(name);
      const frames = captures.map(({ hop, place, frames: { length } }): KeptFrames => ({ hop, place, frames: length }));
      const evidence: EvidenceSummary = { ...rest, frames, traced: [], capture: null };
      const path = { path: plan.name, backend: plan.backend, ladders: [], verdicts: [], evidence: [evidence] };
      const today: Diagnosis = {
        ...recordedDiagnosis('cured'),
        paths: [{ ...path, couldNotLook: null, failed: null }],
      };
      assert.deepEqual(fromVersion2(fromVersion1(diagnosisSchema1.parse(written(today)))), today);
    });

  it('names a source of which today nothing is known in its own words', () => {
    const source = { name: 'the moon of host3', used: false, why: 'clouds' };
    const json = { ...(written(recordedDiagnosis('cured')) as object), sources: [source] };
    const read = parseDiagnosis(json);
    assert.ok(read.ok);
    assert.deepEqual(read.value.sources.map(sourceText), [source.name]);
    assert.deepEqual(read.value.sources[0]?.kind, 'other');
  });

  it('says where it is damaged, as one of today does', () => {
    for (const schema of [1, 2]) {
      const damaged = parseDiagnosis({ schema, tool: { name: 'hoplab', version: '0' }, id: 7 });
      assert.deepEqual(damaged.ok ? null : damaged.why.at, 'id', `schema ${schema}`);
    }
    assert.deepEqual(parseDiagnosis([]).ok, false);
  });
});
