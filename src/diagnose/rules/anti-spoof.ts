// SPDX-License-Identifier: GPL-2.0-only
/** Rule: the port takes frames of known MACs alone, and the guest's is not one of them. */
import { hasFailure, moved, movedLines, ownCures, type Rule } from '../rule.ts';

const NAME = 'anti-spoof';
const COUNTER = /drop_spoofed\b/;

export const antiSpoof: Rule = {
  name: NAME,
  summary: "The switch drops what the guest sends: its MAC is not on the port's allow-list.",
  needs: [{ kind: 'data-path' }],

  suspects: hasFailure,

  check(evidence) {
    if (moved(evidence, COUNTER) === 0) return null;
    const mac = evidence.plan.backendPlan.nic?.mac ?? 'the sender';
    return {
      text: `anti-spoofing drops frames at the port: ${mac} is not on its list of source addresses`,
      confidence: 'certain',
      severity: 'broken',
      at: null,
      evidence: movedLines(evidence, COUNTER),
      cures: ownCures(evidence, NAME),
    };
  },
};
