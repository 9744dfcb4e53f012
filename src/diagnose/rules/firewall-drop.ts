/** Rule: a firewall drops or rejects on the way in or out of a host. */
import { dropLines, hasFailure, moved, type Rule } from '../rule.ts';

const REASON = /^NETFILTER_DROP/;
const LOCAL =
  /\b(INPUT|OUTPUT|PREROUTING|POSTROUTING|hook (input|output|prerouting|postrouting|ingress))\b|\b(drop|reject)\b/i;

export const firewallDrop: Rule = {
  name: 'firewall-drop',
  summary: 'Some protocols are dropped or rejected by a rule of nftables or iptables on a host.',

  check(evidence) {
    if (!hasFailure(evidence)) return null;
    const rules = evidence.state.firewall.filter((rule) => LOCAL.test(rule) && !/\bFORWARD\b|hook forward/i.test(rule));
    const drops = evidence.drops.filter(({ reason }) => REASON.test(reason));
    const prohibited = evidence.ladder.filter(
      ({ errno, detail }) => errno === 'EHOSTUNREACH' || /prohibited/.test(detail),
    );
    const places = drops.length > 0 ? drops.map(({ place }) => place as string) : ['host1', 'host2'];
    const guilty = rules.filter((rule) => places.some((place) => rule.startsWith(`${place} `)));
    const [first] = guilty;
    if (first === undefined || (drops.length === 0 && prohibited.length === 0 && moved(evidence, /Drop|Reject/) === 0))
      return null;
    const failing = evidence.ladder.filter(({ outcome }) => outcome === 'fail').map(({ rung }) => rung);
    return {
      text: `a firewall rule in ${first.split(' ')[0]} drops what fails here (${failing.join(', ')})`,
      confidence: drops.length > 0 ? 'certain' : 'likely',
      severity: 'broken',
      at: null,
      evidence: [
        ...dropLines(evidence, REASON),
        ...guilty,
        ...prohibited.map(({ rung, detail }) => `${rung}: ${detail}`),
      ],
      cures: [{ what: 'remove the rule, or accept these packets before it', cost: '', action: { kind: 'advice' } }],
    };
  },
};
