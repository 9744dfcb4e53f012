// SPDX-License-Identifier: GPL-2.0-only
/** Rule: the path goes through the VMM's main loop where the kernel could carry it: slow, not broken. */
import type { MachineFacts } from '../../model/plan.ts';
import type { Rule } from '../rule.ts';

export const vhostMissing: Rule = {
  name: 'vhost-missing',
  summary: 'Every packet passes through the VMM: vhost-net is off, or missing.',
  needs: [],

  suspects: () => true,

  check({ plan, facts }) {
    const { attachment, hops } = plan.backendPlan;
    if (!('vhost' in attachment) || attachment.vhost) return null;
    const cost = 'none known; the packets no longer pass through the VMM';
    return {
      text: 'the guest NIC is served by the VMM, not by vhost-net in the kernel: every packet wakes the VMM',
      confidence: 'certain',
      severity: 'slow',
      at: hops.find(({ where }) => where === 'vmm')?.name ?? null,
      evidence: [`vhost=${attachment.vhost}`, evidenceOf(facts)],
      cures: facts.vhostNet
        ? [{ what: 'switch vhost-net on', cost, touches: 'own', action: { kind: 'path', options: { vhost: 'on' } } }]
        : [
            {
              what: `${facts.vhostCure ?? 'hoplab doctor says what brings it'}, then run again`,
              cost,
              touches: 'machine',
              action: { kind: 'advice' },
            },
          ],
    };
  },
};

function evidenceOf({ vhostNet, vhostWhy }: MachineFacts): string {
  if (vhostNet) return '/dev/vhost-net is there';
  return vhostWhy === undefined || vhostWhy.startsWith('has no')
    ? '/dev/vhost-net is missing'
    : `this machine ${vhostWhy}`;
}
