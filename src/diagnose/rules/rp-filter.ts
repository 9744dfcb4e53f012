// SPDX-License-Identifier: GPL-2.0-only
/** Rule: the reverse path filter drops what comes in where the route back leads elsewhere. */
import { HOST1, HOST2 } from '../../model/place.ts';
import { routeText, sysctlText } from '../fact-text.ts';
import { dropLines, hasFailure, moved, movedLines, type Rule, touchedAt } from '../rule.ts';

const REASON = /^IP_RPFILTER$/;
const COUNTER = /IPReversePathFilter$/;

export const rpFilter: Rule = {
  name: 'rp-filter',
  summary: 'Packets arrive and are not taken: the route back to their sender leads through another device.',
  needs: [{ kind: 'counters' }],
  adds: ['drops', 'sysctls', 'routes', 'rules-of-routing'],

  suspects: hasFailure,

  check(evidence) {
    const drops = evidence.drops.filter(({ reason }) => REASON.test(reason));
    const [drop] = drops;
    if (drop === undefined && moved(evidence, COUNTER) === 0) return null;
    const place = drop?.place ?? (moved(evidence, COUNTER, HOST2) > 0 ? HOST2 : HOST1);
    const subnet = evidence.plan.wire.host1.address.replace(/\d+$/, '');
    const on = evidence.state.sysctls.filter(
      (each) => each.place === place && each.key.endsWith('.rp_filter') && each.value !== '0',
    );
    return {
      text: `rp_filter in ${place} drops packets that come in through ${drop?.device || 'a device'}: the route back to their sender does not lead there`,
      confidence: 'certain',
      severity: 'broken',
      at: drop?.device ?? null,
      evidence: [
        ...dropLines(evidence, REASON),
        ...movedLines(evidence, COUNTER),
        ...on.map(sysctlText),
        ...evidence.state.routes.filter((each) => each.place === place && each.value.includes(subnet)).map(routeText),
      ],
      cures: [
        {
          what: 'loosen the filter: 2 asks only that there is a route back at all',
          cost: 'spoofed sources are told from real ones less strictly',
          touches: touchedAt(place),
          action:
            place === 'guest'
              ? { kind: 'advice' }
              : {
                  kind: 'path',
                  commands: on.map(({ key }) => ({ on: place, run: ['sysctl', '-q', '-w', `${key}=2`] })),
                },
        },
        {
          what: 'or mend the route back to the sender',
          cost: '',
          touches: touchedAt(place),
          action: { kind: 'advice' },
        },
      ],
    };
  },
};
