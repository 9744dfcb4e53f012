// SPDX-License-Identifier: GPL-2.0-only
/** Rule: a guest behind user-mode NAT is reached from outside through a forwarded port, or not at all. */
import { towardsGuest } from '../../model/place.ts';
import { hasFailure, ownCures, type Rule } from '../rule.ts';

const NAME = 'nat-without-forwarding';

export const natWithoutForwarding: Rule = {
  name: NAME,
  summary: 'The guest reaches out and is not reached: user-mode NAT forwards nothing that it was not told to.',
  needs: [],

  suspects: (climbed) =>
    towardsGuest(climbed.direction) &&
    ownCures(climbed, NAME).length > 0 &&
    (climbed.plan.backendPlan.reach[climbed.direction].kind === 'unreachable' || hasFailure(climbed)),

  check(evidence) {
    const own = ownCures(evidence, NAME);
    const reach = evidence.plan.backendPlan.reach[evidence.direction];
    const refused = evidence.ladder.filter(({ errno }) => errno === 'ECONNREFUSED');
    return {
      text: 'NAT in the VMM hides the guest: a connection from outside ends at host2, where no port is forwarded to it',
      confidence: refused.length > 0 || reach.kind === 'unreachable' ? 'certain' : 'likely',
      severity: 'broken',
      at: 'VMM and NAT',
      evidence: [
        ...(reach.kind === 'unreachable' ? [reach.reason] : []),
        ...(reach.kind === 'reachable' && reach.by !== null ? [reach.by] : []),
        ...refused.map(({ rung, detail }) => `${rung}: ECONNREFUSED, ${detail}`),
      ],
      cures: own,
    };
  },
};
