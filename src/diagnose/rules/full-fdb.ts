// SPDX-License-Identifier: GPL-2.0-only
/** Rule: the forwarding database is full: what it forgot is flooded to every port. */
import { movedLines, ownCures, type Rule } from '../rule.ts';

const NAME = 'full-fdb';
const COUNTER = /\b(evicted|learn_failed|fdb_full)\b/;

export const fullFdb: Rule = {
  name: NAME,
  summary: 'Every port sees every frame: the forwarding database is full, and unknown addresses are flooded.',
  needs: [{ kind: 'devices' }, { kind: 'data-path' }],

  suspects: () => true,

  check(evidence) {
    const full = evidence.state.fdbFill.filter(
      ({ entries, size, evicted }) => size > 0 && (evicted > 0 || entries >= size),
    );
    const [first] = full;
    if (first === undefined) return null;
    return {
      text: `the forwarding database of ${first.bridge} is full (room for ${first.size} addresses, ${first.evicted} evicted): those that it forgets are flooded to every port`,
      confidence: first.evicted > 0 ? 'certain' : 'likely',
      severity: 'slow',
      at: first.bridge,
      evidence: [
        ...full.map((each) => `${each.bridge}: ${each.entries} of ${each.size} addresses, ${each.evicted} evicted`),
        ...movedLines(evidence, COUNTER),
      ],
      cures: ownCures(evidence, NAME),
    };
  },
};
