// SPDX-License-Identifier: GPL-2.0-only
/** Rule: a side has no route to the other. */
import type { RungResult } from '../../model/ladder.ts';
import { routeText } from '../fact-text.ts';
import { type Climbed, type Rule, touchedAt } from '../rule.ts';

export const noRoute: Rule = {
  name: 'no-route',
  summary: 'Nothing leaves: the client has no route to the address.',
  needs: [],
  adds: ['routes', 'rules-of-routing'],

  suspects: (climbed) => unreachedOf(climbed).length > 0,

  check(evidence) {
    const ipv4 = unreachedOf(evidence);
    const reach = evidence.plan.backendPlan.reach[evidence.direction];
    if (reach.kind === 'unreachable') return null;
    return {
      text: `${reach.client} has no route to ${reach.connect}`,
      confidence: 'certain',
      severity: 'broken',
      at: reach.client,
      evidence: [
        ...ipv4.map(({ rung, detail }) => `${rung}: ENETUNREACH, ${detail}`),
        ...evidence.state.routes.filter(({ place }) => place === reach.client).map(routeText),
      ],
      cures: [
        {
          what: `add a route: ip route add ${reach.connect} dev ...`,
          cost: '',
          touches: touchedAt(reach.client),
          action: { kind: 'advice' },
        },
      ],
    };
  },
};

/** Rungs of IPv4 that the client's own kernel refused for want of a route. */
function unreachedOf({ ladder }: Climbed): RungResult[] {
  const failed = ladder.filter(({ outcome, errno }) => outcome === 'fail' && errno === 'ENETUNREACH');
  return failed.filter(({ rung }) => !rung.startsWith('ipv6') && rung !== 'nd');
}
