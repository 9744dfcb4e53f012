// SPDX-License-Identifier: GPL-2.0-only
/** Rule: a firewall drops or rejects on the way in or out of a host. */

import type { Fact } from '../../model/network-state.ts';
import { HOSTS, type Place } from '../../model/place.ts';
import { firewallText } from '../fact-text.ts';
import { dropLines, hasFailure, moved, type Rule } from '../rule.ts';

const REASON = /^NETFILTER_DROP/;
const LOCAL =
  /\b(INPUT|OUTPUT|PREROUTING|POSTROUTING|hook (input|output|prerouting|postrouting|ingress))\b|\b(drop|reject)\b/i;
const FORWARD = /\bFORWARD\b|hook forward/i;

export const firewallDrop: Rule = {
  name: 'firewall-drop',
  summary: 'Some protocols are dropped or rejected by a rule of nftables or iptables on a host.',
  needs: [{ kind: 'firewall' }, { kind: 'drops' }, { kind: 'counters' }],

  suspects: hasFailure,

  check(evidence) {
    const rules = evidence.state.firewall.filter((rule) => says(rule, LOCAL) && !says(rule, FORWARD));
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
    return {
      text: `a firewall rule in ${first.place} drops what fails here (${failing.join(', ')})`,
      confidence: drops.length > 0 ? 'certain' : 'likely',
      severity: 'broken',
      at: null,
      evidence: [
        ...dropLines(evidence, REASON),
        ...guilty.map(firewallText),
        ...prohibited.map(({ rung, detail }) => `${rung}: ${detail}`),
      ],
      cures: [{ what: 'remove the rule, or accept these packets before it', cost: '', action: { kind: 'advice' } }],
    };
  },
};

/** In its chain, or in its own words. */
function says({ key, value }: Fact, pattern: RegExp): boolean {
  return pattern.test(key) || pattern.test(value);
}
