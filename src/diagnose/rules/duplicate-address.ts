// SPDX-License-Identifier: GPL-2.0-only
/** Rule: two stations answer for one address. */
import { type Climbed, type Rule, rungOf } from '../rule.ts';

export const duplicateAddress: Rule = {
  name: 'duplicate-address',
  summary: 'Connections break now and then: two stations answer ARP for one address.',
  needs: [],

  suspects: (climbed) => claimOf(climbed) !== null,

  check(evidence) {
    const arp = rungOf(evidence, 'arp');
    const claim = claimOf(evidence);
    if (claim === null) return null;
    return {
      text: `two stations claim one address (RFC 5227): ${claim}`,
      confidence: 'certain',
      severity: 'broken',
      at: null,
      evidence: [`arp: ${arp.detail}`],
      cures: [
        {
          what: 'take the address from one of them: ip neigh and the MAC tell which',
          cost: '',
          touches: 'others',
          action: { kind: 'advice' },
        },
      ],
    };
  },
};

/** Who else answers for the far side's address, or for the near side's own; null = nobody. */
function claimOf(climbed: Climbed): string | null {
  const { mac2, ownAddressAt } = rungOf(climbed, 'arp').data ?? {};
  if (mac2 !== undefined) return `${mac2} answers for it too`;
  return ownAddressAt === undefined ? null : `${ownAddressAt} answers for our own address`;
}
