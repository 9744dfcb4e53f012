// SPDX-License-Identifier: GPL-2.0-only
/** Rule: a guest on a macvtap and the host that carries it do not reach each other: by design of macvlan. */
import { crossesWire, HOST2 } from '../../model/place.ts';
import { addressText } from '../fact-text.ts';
import { type Climbed, hasFailure, ownCures, type Rule } from '../rule.ts';

const NAME = 'macvtap-isolation';

export const macvtapIsolation: Rule = {
  name: NAME,
  summary: 'The guest reaches everything but its own host: macvtap never hands a frame to the device below it.',
  needs: [
    { kind: 'devices', at: HOST2 },
    { kind: 'addresses', at: HOST2 },
  ],

  suspects: (climbed) => !crossesWire(climbed.direction) && (isShut(climbed) || hasFailure(climbed)),

  check(evidence) {
    const { host2 } = evidence.plan.wire;
    const above = evidence.state.devices.filter(({ place, kind }) => place === HOST2 && kind === 'macvtap');
    const below = evidence.state.addresses.find(
      ({ place, address, device }) => place === HOST2 && address === host2.address && device === host2.device,
    );
    const reach = evidence.plan.backendPlan.reach[evidence.direction];
    const shut = isShut(evidence);
    if (!shut && (above.length === 0 || below === undefined)) return null;
    const mine = above.find(({ name }) => evidence.plan.backendPlan.hops.some(({ device }) => device === name));
    if (!shut && mine === undefined) return null;
    return {
      text: `the guest's macvtap hands its frames to the wire and never to ${host2.device} below it, where host2 has its address: guest and host2 cannot reach each other`,
      confidence: 'certain',
      severity: 'broken',
      at: mine?.name ?? 'macvtap',
      evidence: [
        ...above.map(({ name, master }) => `host2 ${name} is a macvtap${master === null ? '' : ` of ${master}`}`),
        ...(below === undefined ? [] : [addressText(below)]),
        ...(reach.kind === 'unreachable' ? [reach.reason] : []),
      ],
      cures: ownCures(evidence, NAME),
    };
  },
};

/** The backend itself rules the direction out. */
function isShut({ plan: { backendPlan }, direction }: Climbed): boolean {
  return backendPlan.reach[direction].kind === 'unreachable' && backendPlan.cures?.[NAME] !== undefined;
}
