/** Rule: a side has no route to the other. */
import { routeText } from '../fact-text.ts';
import type { Rule } from '../rule.ts';

export const noRoute: Rule = {
  name: 'no-route',
  summary: 'Nothing leaves: the client has no route to the address.',

  check(evidence) {
    const failed = evidence.ladder.filter(({ outcome, errno }) => outcome === 'fail' && errno === 'ENETUNREACH');
    const ipv4 = failed.filter(({ rung }) => !rung.startsWith('ipv6') && rung !== 'nd');
    const reach = evidence.plan.backendPlan.reach[evidence.direction];
    if (ipv4.length === 0 || reach.kind === 'unreachable') return null;
    return {
      text: `${reach.client} has no route to ${reach.connect}`,
      confidence: 'certain',
      severity: 'broken',
      at: reach.client,
      evidence: [
        ...ipv4.map(({ rung, detail }) => `${rung}: ENETUNREACH, ${detail}`),
        ...evidence.state.routes.filter(({ place }) => place === reach.client).map(routeText),
      ],
      cures: [{ what: `add a route: ip route add ${reach.connect} dev ...`, cost: '', action: { kind: 'advice' } }],
    };
  },
};
