// SPDX-License-Identifier: GPL-2.0-only
/** Rule: bridged frames pass through iptables, and its FORWARD chain drops them. */
import { HOST1, HOST2 } from '../../model/place.ts';
import { firewallText, sysctlName } from '../fact-text.ts';
import { dropLines, fails, passes, type Rule, tellsDrops } from '../rule.ts';

const KEY = /^net\.bridge\.bridge-nf-call-(?:ip|ip6|arp)tables$/;
const FORWARD = /\b(FORWARD\b|hook forward)/i;

export const bridgeNfCall: Rule = {
  name: 'bridge-nf-call-iptables',
  summary: 'A bridge drops IP and passes ARP: bridge-nf-call-iptables hands its frames to a FORWARD chain that drops.',
  needs: [{ kind: 'sysctls', at: HOST1 }, { kind: 'sysctls', at: HOST2 }, { kind: 'firewall' }, { kind: 'devices' }],
  adds: ['drops'],

  suspects: (climbed) => fails(climbed, 'icmp', 'udp-small', 'tcp-connect') && passes(climbed, 'arp'),

  check(evidence) {
    const on = evidence.state.sysctls.filter(({ key, value }) => KEY.test(key) && value !== '0');
    const rules = evidence.state.firewall.filter(
      (rule) => (FORWARD.test(rule.key) || FORWARD.test(rule.value)) && on.some(({ place }) => place === rule.place),
    );
    const place = on.find((each) => rules.some((rule) => rule.place === each.place))?.place;
    const bridged = evidence.state.devices.some((device) => device.place === place && device.portState !== null);
    if ((place !== HOST1 && place !== HOST2) || !bridged) return null;
    const dropped = evidence.drops.some((drop) => drop.place === place && drop.reason.startsWith('NETFILTER_DROP'));
    // Where the kernel tells its drops, and tells none of this kind, the rules are another path's.
    if (!dropped && tellsDrops(evidence, place)) return null;
    return {
      text: `the bridge in ${place} hands its frames to iptables (bridge-nf-call-iptables), whose FORWARD chain drops them`,
      confidence: dropped ? 'certain' : 'possible',
      severity: 'broken',
      at: 'bridge',
      evidence: [
        ...dropLines(evidence, /^NETFILTER_DROP/),
        ...on.map((each) => `${sysctlName(each)} = 1`),
        ...rules.map(firewallText),
      ],
      cures: [
        {
          what: 'keep bridged frames out of iptables',
          cost: 'rules for bridged frames no longer hold; nothing else changes',
          action: {
            kind: 'path',
            commands: on
              .filter((each) => each.place === place)
              .map(({ key }) => ({ on: place, run: ['sysctl', '-q', '-w', `${key}=0`] })),
          },
        },
        {
          what: 'or let the FORWARD chain accept what is bridged: iptables -I FORWARD -m physdev --physdev-is-bridged -j ACCEPT',
          cost: 'every bridged frame still walks through the rules',
          action: { kind: 'advice' },
        },
      ],
    };
  },
};
