// SPDX-License-Identifier: GPL-2.0-only
/** Rule: the far side says itself that nobody listens. */

import type { RungResult } from '../../model/ladder.ts';
import { towardsGuest } from '../../model/place.ts';
import { type Climbed, dropLines, type Rule, touchedAt } from '../rule.ts';

export const notListening: Rule = {
  name: 'not-listening',
  summary: 'The network is well and the server is not there: connections are refused.',
  needs: [],
  adds: ['drops'],

  suspects: (climbed) => refusedOf(climbed).length > 0 && !isForwarded(climbed),

  check(evidence) {
    const reach = evidence.plan.backendPlan.reach[evidence.direction];
    const refused = refusedOf(evidence);
    if (reach.kind === 'unreachable') return null;
    return {
      text: `${reach.server} answers, and refuses: nobody listens there for ${refused.map(({ rung }) => rung).join(', ')}`,
      confidence: 'certain',
      severity: 'broken',
      at: reach.server,
      evidence: [
        ...refused.map(({ rung, detail, errno }) => `${rung}: ${errno}, ${detail}`),
        ...dropLines(evidence, /^NO_SOCKET$/),
      ],
      cures: [
        {
          what: `start the server in ${reach.server}, or connect to where it listens: ss -lntu there lists what does`,
          cost: '',
          touches: touchedAt(reach.server),
          action: { kind: 'advice' },
        },
      ],
    };
  },
};

function refusedOf({ ladder }: Climbed): RungResult[] {
  return ladder.filter(({ outcome, errno }) => outcome === 'fail' && errno === 'ECONNREFUSED');
}

/** Whether a NAT stands before the guest: a refusal is then the NAT's, which has a rule of its own. */
function isForwarded({ plan, direction }: Climbed): boolean {
  return towardsGuest(direction) && plan.backendPlan.cures?.['nat-without-forwarding'] !== undefined;
}
