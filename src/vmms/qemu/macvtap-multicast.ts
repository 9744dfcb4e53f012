// SPDX-License-Identifier: GPL-2.0-only
/** Rule: a macvtap takes only those multicast groups that it was told of, and QEMU does not tell it the guest's. */
import { fails, passes, type Rule, rungOf } from '../../diagnose/rule.ts';
import { HOST2 } from '../../model/place.ts';

export const macvtapMulticast: Rule = {
  name: 'macvtap-multicast',
  summary: 'IPv4 works and IPv6 does not: the macvtap filters multicast, and with it neighbour discovery.',
  needs: [{ kind: 'devices', at: HOST2 }],

  suspects: (climbed) => fails(climbed, 'nd', 'multicast') && passes(climbed, 'icmp'),

  check(evidence) {
    const { hops } = evidence.plan.backendPlan;
    const macvtap = evidence.state.devices.find(
      ({ place, name, kind }) =>
        place === HOST2 && kind === 'macvtap' && hops.some(({ where, device }) => where === place && device === name),
    );
    if (macvtap === undefined) return null;
    const failing = ['nd', 'multicast'] as const;
    return {
      text: `${macvtap.name} drops multicast for the guest: it passes on the groups that it was told of, and QEMU does not tell it those of the guest`,
      confidence: macvtap.allMulticast ? 'possible' : 'certain',
      severity: 'broken',
      at: macvtap.name,
      evidence: [
        ...failing
          .filter((rung) => rungOf(evidence, rung).outcome === 'fail')
          .map((rung) => `${rung}: ${rungOf(evidence, rung).detail}`),
        `host2 ${macvtap.name}: allmulticast ${macvtap.allMulticast ? 'on' : 'off'}`,
      ],
      cures: [
        {
          what: 'let the macvtap take all multicast',
          cost: 'the guest gets the multicast of the whole segment',
          touches: 'own',
          action: {
            kind: 'path',
            commands: [{ on: HOST2, run: ['ip', 'link', 'set', 'dev', macvtap.name, 'allmulticast', 'on'] }],
          },
        },
      ],
    };
  },
};
