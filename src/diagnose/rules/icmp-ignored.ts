// SPDX-License-Identifier: GPL-2.0-only
/** Rule: ping fails and the rest works: the far side is told not to answer. */
import { HOST1 } from '../../model/place.ts';
import { sysctlText } from '../fact-text.ts';
import { fails, passes, type Rule, touchedAt } from '../rule.ts';

export const icmpIgnored: Rule = {
  name: 'icmp-ignored',
  summary: 'Ping fails and TCP works: the far side ignores echo requests.',
  needs: [{ kind: 'sysctls', at: 'server' }],

  suspects: (climbed) => fails(climbed, 'icmp') && passes(climbed, 'tcp-connect'),

  check(evidence) {
    const reach = evidence.plan.backendPlan.reach[evidence.direction];
    const server = reach.kind === 'reachable' ? reach.server : HOST1;
    const set = evidence.state.sysctls.filter(
      ({ place, key, value }) => place === server && key === 'net.ipv4.icmp_echo_ignore_all' && value !== '0',
    );
    if (set.length === 0) return null;
    return {
      text: `${server} ignores echo requests by its own setting: the path is well`,
      confidence: 'certain',
      severity: 'broken',
      at: server,
      evidence: set.map(sysctlText),
      cures: [
        {
          what: 'let it answer',
          cost: 'none',
          touches: touchedAt(server),
          action:
            server === 'guest'
              ? { kind: 'advice' }
              : {
                  kind: 'path',
                  commands: [{ on: server, run: ['sysctl', '-q', '-w', 'net.ipv4.icmp_echo_ignore_all=0'] }],
                },
        },
      ],
    };
  },
};
