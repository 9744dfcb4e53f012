// SPDX-License-Identifier: GPL-2.0-only
/** Rule: a firewall drops or rejects on the way in or out of a host. */

import type { OfferedCure } from '../../model/cure.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { FirewallRule } from '../../model/network-state.ts';
import { crossesWire, HOST2, HOSTS, type Place } from '../../model/place.ts';
import { walksThrough } from '../bridge-calls.ts';
import { firewallText } from '../fact-text.ts';
import { acceptance, chainText, dropsPackets, hooksOf, isOfFrames, removal } from '../firewall-rules.ts';
import { dropLines, hasFailure, moved, type Rule, touchedAt } from '../rule.ts';

const REASON = /^NETFILTER_DROP/;

export const firewallDrop: Rule = {
  name: 'firewall-drop',
  summary: 'Some protocols are dropped or rejected by a rule of nftables or iptables on a host.',
  needs: [{ kind: 'firewall' }, { kind: 'drops' }, { kind: 'counters' }],

  suspects: hasFailure,

  check(evidence) {
    const rules = evidence.state.firewall.filter((rule) => dropsPackets(rule) && isMet(evidence, rule));
    const drops = evidence.drops.filter(({ reason }) => REASON.test(reason));
    const prohibited = evidence.ladder.filter(
      ({ errno, detail }) => errno === 'EHOSTUNREACH' || /prohibited/.test(detail),
    );
    const places: readonly Place[] = drops.length > 0 ? drops.map(({ place }) => place) : HOSTS;
    const guilty = rules.filter(({ place }) => places.includes(place));
    const [first] = guilty;
    if (first === undefined || (drops.length === 0 && prohibited.length === 0 && moved(evidence, /Drop|Reject/) === 0))
      return null;
    const failing = evidence.ladder.filter(({ outcome }) => outcome === 'fail').map(({ rung }) => rung);
    const chains = [...new Set(guilty.filter(({ place }) => place === first.place).map(chainText))];
    return {
      text: `${chains.join(' or ')} in ${first.place} drops what fails here (${failing.join(', ')})`,
      confidence: drops.length > 0 ? 'certain' : 'likely',
      severity: 'broken',
      at: null,
      evidence: [
        ...dropLines(evidence, REASON),
        ...guilty.map(firewallText),
        ...prohibited.map(({ rung, detail }) => `${rung}: ${detail}`),
      ],
      cures: curesOf(guilty),
    };
  },
};

/** Whether the path's packets meet it: not where they are only forwarded, nor what a bridge alone hands to the rules. */
function isMet(evidence: Evidence, rule: FirewallRule): boolean {
  if (isOfFrames(rule)) return true;
  const hooks = hooksOf(rule);
  if (hooks.length > 0 && hooks.every((hook) => hook === 'forward')) return false;
  return !(rule.place === HOST2 && crossesWire(evidence.direction) && walksThrough(evidence, rule));
}

/** Rules that a tool does not tell apart have one cure. */
function curesOf(rules: readonly FirewallRule[]): OfferedCure[] {
  return [...new Map(rules.map(cureOf).map((cure) => [cure.what, cure])).values()];
}

/** What the packets are, and which number the rule has, the user sees on the machine: hoplab does not apply it. */
function cureOf(rule: FirewallRule): OfferedCure {
  const remove = removal(rule);
  return {
    what: `${remove === null ? '' : `remove the rule (${remove}), or `}accept these packets in ${chainText(rule)} (${acceptance(rule)})`,
    cost: 'what it was there to stop may get in; an accept in another table does not undo it',
    touches: touchedAt(rule.place),
    action: { kind: 'advice' },
  };
}
