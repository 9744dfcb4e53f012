// SPDX-License-Identifier: GPL-2.0-only
/** Rule: a neighbour entry names another MAC than the one that the address has. */
import type { Neighbour } from '../../model/network-state.ts';
import { addressesOfPath, fails, type Rule, touchedAt } from '../rule.ts';

export const wrongNeighbour: Rule = {
  name: 'wrong-neighbour',
  summary: 'Frames leave for a MAC that nobody has: a stale or static neighbour entry.',
  needs: [{ kind: 'neighbours' }],

  suspects: (climbed) => fails(climbed, 'icmp', 'udp-small', 'tcp-connect'),

  check(evidence) {
    const expected = new Map(addressesOfPath(evidence).map(({ address, mac }) => [address, mac]));
    const wrong = evidence.state.neighbours.filter(
      ({ address, mac }) => mac !== '' && expected.has(address) && expected.get(address) !== mac,
    );
    const [first] = wrong;
    if (first === undefined) return null;
    const right = expected.get(first.address) ?? '';
    return {
      text: `${first.place} sends frames for ${first.address} to ${first.mac}, and the address is at ${right}`,
      confidence: 'certain',
      severity: 'broken',
      at: first.device,
      evidence: wrong.map((entry) => `${lineOf(entry)}; it is at ${expected.get(entry.address)}`),
      cures: [
        {
          what: 'remove the entry: the address is then asked for again',
          cost: 'one ARP exchange',
          touches: touchedAt(first.place),
          action:
            first.place === 'guest'
              ? { kind: 'advice' }
              : {
                  kind: 'path',
                  commands: wrong.flatMap(({ place, address, device }) =>
                    place === 'guest' ? [] : [{ on: place, run: ['ip', 'neigh', 'del', address, 'dev', device] }],
                  ),
                },
        },
      ],
    };
  },
};

function lineOf({ place, address, mac, device, state }: Neighbour): string {
  return `${place}: ${address} lladdr ${mac} dev ${device} ${state}`;
}
