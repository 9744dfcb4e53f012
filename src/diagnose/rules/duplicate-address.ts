/** Rule: two stations answer for one address. */
import { type Rule, rungOf } from '../rule.ts';

export const duplicateAddress: Rule = {
  name: 'duplicate-address',
  summary: 'Connections break now and then: two stations answer ARP for one address.',

  check(evidence) {
    const arp = rungOf(evidence, 'arp');
    const match = /duplicate address: (\S+ answers for [^;]*)/.exec(arp.detail);
    if (match === null) return null;
    return {
      text: `two stations claim one address (RFC 5227): ${match[1] ?? arp.detail}`,
      confidence: 'certain',
      severity: 'broken',
      at: null,
      evidence: [`arp: ${arp.detail}`],
      cures: [
        {
          what: 'take the address from one of them: ip neigh and the MAC tell which',
          cost: '',
          action: { kind: 'advice' },
        },
      ],
    };
  },
};
