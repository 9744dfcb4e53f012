// SPDX-License-Identifier: GPL-2.0-only
/** The order of verdicts, those of several directions as one, and where packets ended. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { conclude, mergeBlind, mergeVerdicts } from '../../../src/diagnose/conclude.ts';
import { tracedLosses } from '../../../src/diagnose/traced-losses.ts';
import type { HopCapture } from '../../../src/model/capture.ts';
import type { Verdict } from '../../../src/model/diagnosis.ts';
import type { Place } from '../../../src/model/place.ts';
import type { EvidenceSource } from '../../../src/model/source.ts';
import { readEvidence, recordedEvidence } from '../../fixtures/recorded-evidence.ts';
import { everyRule } from '../../support/every-rule.ts';

const verdict = (rule: string, changes: Partial<Verdict> = {}): Verdict => ({
  ...{ rule, text: rule, confidence: 'certain', severity: 'broken', at: null, evidence: [], cures: [] },
  ...changes,
});
const names = (verdicts: readonly Verdict[]) => verdicts.map(({ rule }) => rule);

describe('verdicts', () => {
  it('stand in order: what is broken before what is slow, the surer first', () => {
    const SEVERITY = ['broken', 'slow'];
    const CONFIDENCE = ['certain', 'likely', 'possible'];
    let several = 0;
    for (const name of recordedEvidence()) {
      const found = conclude(readEvidence(name), everyRule).verdicts;
      const ranks = found.map((each) => SEVERITY.indexOf(each.severity) * 3 + CONFIDENCE.indexOf(each.confidence));
      assert.deepEqual(
        ranks,
        ranks.toSorted((a, b) => a - b),
        name,
      );
      if (found.length > 1) several += 1;
    }
    assert.ok(several > 0, 'no evidence with two verdicts was recorded');
  });

  it('of several directions stand once, in their surest form and with the evidence of that direction', () => {
    const merged = mergeVerdicts([
      { direction: 'out', verdicts: [verdict('a', { confidence: 'possible', at: 'x', evidence: ['out'] })] },
      { direction: 'in', verdicts: [verdict('a', { confidence: 'certain', at: 'x', evidence: ['in'] }), verdict('b')] },
      { direction: 'side', verdicts: [verdict('a', { confidence: 'likely', at: 'x', evidence: ['side'] })] },
    ]);
    assert.deepEqual(
      merged.map(({ rule, confidence, evidence, directions }) => [rule, confidence, evidence, directions]),
      [
        ['a', 'certain', ['in'], ['out', 'in', 'side']],
        ['b', 'certain', [], ['in']],
      ],
    );
  });

  it('of one rule at two places are two, and what is slow is one wherever it is', () => {
    const merged = mergeVerdicts([
      { direction: 'out', verdicts: [verdict('a', { at: 'x' }), verdict('s', { severity: 'slow', at: 'x' })] },
      { direction: 'in', verdicts: [verdict('a', { at: 'y' }), verdict('s', { severity: 'slow', at: 'y' })] },
    ]);
    assert.deepEqual(names(merged), ['a', 'a', 's']);
    assert.deepEqual(merged.at(-1)?.directions, ['out', 'in']);
  });

  it('are sorted again once they are one: a likely one of the first direction comes after a certain one of the second', () => {
    const merged = mergeVerdicts([
      { direction: 'out', verdicts: [verdict('l', { confidence: 'likely' }), verdict('s', { severity: 'slow' })] },
      { direction: 'in', verdicts: [verdict('c')] },
    ]);
    assert.deepEqual(names(merged), ['c', 'l', 's']);
    assert.deepEqual(mergeVerdicts([]), []);
  });
});

describe('rules that could not look', () => {
  const source = (place: Place): EvidenceSource => ({
    ...{ kind: 'sysctls', places: [place], of: null, device: null, used: false, why: 'not today' },
  });

  it('are told with what was refused to them, and not where their symptom is not there', () => {
    const evidence = readEvidence('fault-icmp-ignored');
    const refused = [source('host1'), source('guest')];
    const blind = {
      ...evidence,
      sources: [...evidence.sources, ...refused],
      state: { ...evidence.state, sysctls: [] },
    };
    const { verdicts, couldNotLook } = conclude(blind, everyRule);
    assert.deepEqual(names(verdicts), ['vhost-missing']);
    // ARP passes: who would look for a neighbour need not. The guest is neither the server nor has it a bridge.
    assert.deepEqual(
      couldNotLook,
      ['bridge-nf-call-iptables', 'icmp-ignored'].map((rule) => ({ rule, refused: [source('host1')] })),
    );
    assert.deepEqual(conclude(evidence, everyRule).couldNotLook, []);
  });

  it('is one for losses of XDP too where the reader of both could not be run', () => {
    const evidence = readEvidence('fault-redirect-refused');
    const why = 'hoplab-drops is not built: hoplab setup';
    const reader = { kind: 'drops', places: ['host2', 'host1'], of: 'skb:kfree_skb', device: null } as const;
    const sources = [{ ...reader, used: false, why }];
    const { couldNotLook } = conclude({ ...evidence, sources, xdp: [] }, everyRule);
    assert.ok(couldNotLook.some(({ rule }) => rule === 'redirect-refused'));
  });

  it('of several directions stand once, each source once', () => {
    const refused = [source('host1')];
    assert.deepEqual(
      mergeBlind([
        { direction: 'out', couldNotLook: [{ rule: 'a', refused }] },
        {
          direction: 'in',
          couldNotLook: [
            { rule: 'a', refused: [...refused, source('guest')] },
            { rule: 'b', refused },
          ],
        },
      ]),
      [
        { rule: 'a', refused: [source('host1'), source('guest')], directions: ['out', 'in'] },
        { rule: 'b', refused, directions: ['in'] },
      ],
    );
  });
});

describe('where packets ended', () => {
  const { captures } = readEvidence('fault-partial-checksum-lost');
  const hop = (index: number): HopCapture => captures[index] ?? assert.fail(`no hop ${index}`);
  const at = ({ hop: name, device }: HopCapture) => `${name} (${device})`;
  const without = (index: number, kept: number) =>
    captures.map((capture, i) => (i >= index ? { ...capture, frames: capture.frames.slice(0, kept) } : capture));

  it('is nowhere for packets that reach the last hop', () => {
    assert.deepEqual(tracedLosses(captures), []);
  });

  it('is between the last hop that saw them and the next, counted, with the first of them', () => {
    const total = hop(0).frames.length;
    const last = captures.length - 1;
    const [line, ...others] = tracedLosses(without(last, 1));
    assert.deepEqual(others, []);
    assert.ok(
      line?.startsWith(
        `${total - 1} packets not seen again between ${at(hop(last - 1))} and ${at(hop(last))}, the first: 10.99.`,
      ),
      line,
    );
    const early = tracedLosses(without(1, total - 1));
    assert.match(early[0] ?? '', /^1 packet not seen again between guest NIC /);
  });

  it('says nothing of a hop whose capture was too small', () => {
    const last = captures.length - 1;
    const lossy = without(last, 1).map((capture, i) => (i === last ? { ...capture, lost: 3 } : capture));
    assert.deepEqual(tracedLosses(lossy), []);
    assert.deepEqual(tracedLosses([]), []);
  });

  it('is a change of bytes where they differ', () => {
    const changed = captures.map((capture, i) => {
      const [first, ...rest] = capture.frames;
      if (i < captures.length - 1 || first === undefined) return capture;
      const bytes = Uint8Array.from(first.bytes);
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff;
      return { ...capture, frames: [{ ...first, bytes }, ...rest] };
    });
    const lines = tracedLosses(changed);
    assert.ok(lines.length > 0, 'a changed packet is neither lost nor changed');
  });
});
