/** Rule: the far side says itself that nobody listens. */
import { dropLines, type Rule } from '../rule.ts';

export const notListening: Rule = {
  name: 'not-listening',
  summary: 'The network is well and the server is not there: connections are refused.',

  check(evidence) {
    const reach = evidence.plan.backendPlan.reach[evidence.direction];
    const refused = evidence.ladder.filter(({ outcome, errno }) => outcome === 'fail' && errno === 'ECONNREFUSED');
    const [first] = refused;
    if (first === undefined || reach.kind === 'unreachable') return null;
    const forwarded = evidence.plan.backendPlan.cures?.['nat-without-forwarding'] !== undefined;
    if (forwarded && evidence.direction === 'host1-to-guest') return null;
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
          action: { kind: 'advice' },
        },
      ],
    };
  },
};
