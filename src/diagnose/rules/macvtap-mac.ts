// SPDX-License-Identifier: GPL-2.0-only
/** Rule: the macvtap and the guest behind it have different MACs, and a macvtap hands up what is addressed to its own. */
import { HOST2 } from '../../model/place.ts';
import { hasFailure, ownCures, type Rule } from '../rule.ts';

const NAME = 'macvtap-mac';

export const macvtapMac: Rule = {
  name: NAME,
  summary: 'Requests leave and replies come back to the NIC, never to the guest: its MAC is not that of its macvtap.',
  needs: [{ kind: 'devices', at: HOST2 }],
  // By it the guest's own device is found: it may have given itself another MAC.
  adds: ['addresses'],

  suspects: hasFailure,

  check(evidence) {
    const { hops, nic } = evidence.plan.backendPlan;
    const macvtap = evidence.state.devices.find(
      ({ place, name, kind }) =>
        place === HOST2 && kind === 'macvtap' && hops.some(({ where, device }) => where === place && device === name),
    );
    // Without a cure of its own the backend has the macvtap pass on every frame.
    const own = ownCures(evidence, NAME);
    if (nic === null || macvtap === undefined || own.length === 0) return null;
    const { devices, addresses } = evidence.state;
    const inGuest = addresses.find(({ place, address }) => place === 'guest' && address === nic.address);
    const mac = devices.find(({ place, name }) => place === 'guest' && name === inGuest?.device)?.mac ?? nic.mac;
    if (macvtap.mac === mac) return null;
    return {
      text: `${macvtap.name} has the MAC ${macvtap.mac} and the guest ${mac}: what is sent to the guest reaches the NIC, and the macvtap hands up frames for its own MAC alone`,
      confidence: 'certain',
      severity: 'broken',
      at: macvtap.name,
      evidence: [
        `host2 ${macvtap.name}: link/ether ${macvtap.mac}`,
        `guest ${inGuest?.device ?? 'NIC'}: link/ether ${mac}`,
      ],
      cures: [
        {
          what: 'give the macvtap the MAC of the guest',
          cost: '',
          touches: 'own',
          action: {
            kind: 'path',
            commands: [{ on: HOST2, run: ['ip', 'link', 'set', 'dev', macvtap.name, 'address', mac] }],
          },
        },
        {
          what: `or give the guest the MAC of the macvtap, ${macvtap.mac}`,
          cost: 'its neighbours ask for its address again',
          touches: 'own',
          action: { kind: 'advice' },
        },
        ...own,
      ],
    };
  },
};
