// SPDX-License-Identifier: GPL-2.0-only
/** What every rule of the array keeps to, over all evidence that was recorded: it declares what it reads, and says when it could not look. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { askRule } from '../../src/diagnose/ask-rule.ts';
import type { Need, NeedKind, Rule } from '../../src/diagnose/rule.ts';
import type { Evidence } from '../../src/model/evidence.ts';
import { type EvidenceSource, SOURCE_KINDS } from '../../src/model/source.ts';
import { readEvidence, recordedEvidence } from '../fixtures/recorded-evidence.ts';
import { everyRule } from '../support/every-rule.ts';

/** What is known without a source: the plan, the ladder, and how the sources fared. */
const KNOWN = ['plan', 'facts', 'direction', 'ladder', 'seen'] as const;
/** The fields of evidence, and the sources that give them. */
const FIELDS: Readonly<Record<string, readonly NeedKind[]>> = {
  captures: ['frames', 'data-path'],
  drops: ['drops'],
  xdp: ['xdp', 'data-path'],
  deltas: ['counters', 'data-path'],
};
const STATE: Readonly<Record<string, readonly NeedKind[]>> = {
  devices: ['devices', 'carrier', 'offloads'],
  neighbours: ['neighbours'],
  fdb: ['fdb', 'data-path'],
  fdbFill: ['devices', 'data-path'],
  vlans: ['vlans'],
  sysctls: ['sysctls'],
  routes: ['routes', 'rules-of-routing'],
  firewall: ['firewall'],
  addresses: ['addresses'],
};

const recorded = recordedEvidence().map((name) => [name, readEvidence(name)] as const);
const declared = ({ needs, adds = [] }: Rule) => [...needs.map(({ kind }) => kind), ...adds];

/** The evidence as it would be if the kind had been refused: nothing of it is there, and its source says so. */
function without(evidence: Evidence, kind: NeedKind): Evidence {
  const { state, deltas, sources } = evidence;
  const rest = { ...evidence, sources: [...sources.filter((each) => each.kind !== kind), ...refused(kind)] };
  switch (kind) {
    case 'frames':
      return { ...rest, captures: [] };
    case 'drops':
      return { ...rest, drops: [] };
    case 'xdp':
      return { ...rest, xdp: [] };
    case 'counters':
      return { ...rest, deltas: deltas.filter(({ by }) => by !== 'kernel') };
    case 'data-path':
      return {
        ...rest,
        xdp: [],
        deltas: deltas.filter(({ by }) => by === 'kernel'),
        state: { ...state, fdbFill: [] },
      };
    case 'offloads':
      return { ...rest, state: { ...state, devices: state.devices.map((device) => ({ ...device, offloads: {} })) } };
    default: {
      const fields = Object.keys(STATE).filter((field) => STATE[field]?.includes(kind));
      return { ...rest, state: { ...state, ...Object.fromEntries(fields.map((field) => [field, []])) } };
    }
  }
}

function refused(kind: NeedKind): EvidenceSource[] {
  if (kind === 'counters') return [];
  const of = { xdp: ['xdp:xdp_redirect_err', 'xdp:xdp_devmap_xmit'] }[kind as string] ?? [null];
  return of.map((which) => ({
    ...{ kind, places: ['guest', 'host2', 'host1'], of: which, device: null },
    ...{ used: false, why: 'not today' },
  }));
}

/** What can be refused of a rule's needs: counters have no source of their own. */
const refusable = ({ needs }: Rule): Need[] => needs.filter(({ kind }) => kind !== 'counters');

describe('a rule', () => {
  it('declares its needs, each once and of a kind that there is, and adds nothing that it needs', () => {
    for (const rule of everyRule) {
      const kinds: readonly string[] = [...SOURCE_KINDS, 'counters'];
      for (const kind of declared(rule)) assert.ok(kinds.includes(kind) && kind !== 'other', `${rule.name}: ${kind}`);
      const whole = [...rule.needs, ...(rule.adds ?? [])].map((each) => JSON.stringify(each));
      assert.equal(new Set(whole).size, whole.length, rule.name);
      for (const kind of rule.adds ?? []) assert.ok(!rule.needs.some((need) => need.kind === kind), rule.name);
    }
  });

  for (const rule of everyRule) {
    const own = recorded.find(([name]) => name === `fault-${rule.name}`)?.[1];
    assert.ok(own);

    it(`${rule.name} suspects by plan and ladder alone, and reads no evidence that it did not declare`, () => {
      for (const [name, evidence] of recorded) {
        const suspected = rule.suspects(guarded(evidence, (field) => `${rule.name} suspects by ${field}`, []));
        if (suspected)
          rule.check(guarded(evidence, (field) => `${rule.name} reads ${field} on ${name}`, declared(rule)));
      }
      assert.ok(rule.suspects(own), 'it does not suspect its own fault');
    });

    it(`${rule.name} never says that its fault is not there where something that it needs was refused`, () => {
      for (const [name, evidence] of recorded.filter((each) => rule.suspects(each[1]))) {
        for (const { kind } of refusable(rule)) {
          const finding = askRule(rule, without(evidence, kind));
          assert.notEqual(finding.kind, 'does-not', `${name}, without ${kind}`);
          if (finding.kind === 'could-not-look') assert.ok(finding.refused.every(({ used }) => !used));
        }
      }
    });

    it(`${rule.name} makes no verdict of what was refused`, () => {
      for (const [name, evidence] of recorded) {
        const blind = SOURCE_KINDS.reduce((left: Evidence, kind) => without(left, kind), evidence);
        if (askRule(rule, blind).kind === 'holds') assert.equal(askRule(rule, evidence).kind, 'holds', name);
      }
    });

    it(`${rule.name} holds on its own fault without what it only adds`, () => {
      const bare = (rule.adds ?? []).reduce((left, kind) => without(left, kind), own);
      assert.equal(askRule(rule, bare).kind, 'holds');
    });
  }

  it('that rests on plan, ladder and counters alone is never blind, and every other one is where it was refused all', () => {
    for (const rule of everyRule) {
      const [, own] = recorded.find(([name]) => name === `fault-${rule.name}`) ?? [];
      assert.ok(own);
      const blind = SOURCE_KINDS.reduce((left: Evidence, kind) => without(left, kind), own);
      const finding = askRule(rule, blind).kind;
      // What the plan itself rules out needs no look.
      if (refusable(rule).length === 0) assert.equal(finding, 'holds', rule.name);
      else assert.notEqual(finding, 'does-not', rule.name);
    }
  });
});

/** Throws where a field is read that no source of these kinds gives. */
function guarded(evidence: Evidence, what: (field: string) => string, kinds: readonly NeedKind[]): Evidence {
  const mayRead = (from: Readonly<Record<string, readonly NeedKind[]>>, field: string) =>
    from[field]?.some((kind) => kinds.includes(kind)) ?? false;
  const state = new Proxy(evidence.state, {
    get: (target, field, receiver) => {
      if (!mayRead(STATE, String(field))) throw new Error(what(`state.${String(field)}`));
      return Reflect.get(target, field, receiver);
    },
  });
  const asked = kinds.length > 0;
  return new Proxy(evidence, {
    get: (target, field, receiver) => {
      const name = String(field);
      if (name === 'state' && asked) return state;
      const isKnown = KNOWN.some((known) => known === name) || (name === 'sources' && asked);
      if (!isKnown && !mayRead(FIELDS, name)) throw new Error(what(name));
      return Reflect.get(target, field, receiver);
    },
  });
}
