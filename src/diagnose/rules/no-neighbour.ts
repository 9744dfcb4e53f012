// SPDX-License-Identifier: GPL-2.0-only
/** Rule: nobody answers for the address: ARP goes out and nothing comes back. */
import { sysctlText } from '../fact-text.ts';
import { addressesOfPath, fails, isKnownAddress, type Rule, refusedOf, rungOf, touchedAt } from '../rule.ts';

export const noNeighbour: Rule = {
  name: 'no-neighbour',
  summary: 'No such neighbour: ARP for the address is not answered.',
  needs: [{ kind: 'addresses' }, { kind: 'sysctls' }],
  adds: ['neighbours'],

  suspects: (climbed) => fails(climbed, 'arp') && !fails(climbed, 'link'),

  check(evidence) {
    const arp = rungOf(evidence, 'arp');
    const own = addressesOfPath(evidence).map(({ address }) => address);
    const failed = evidence.state.neighbours.filter(
      ({ address, state, mac }) => own.includes(address) && (mac === '' || /FAILED|INCOMPLETE/.test(state)),
    );
    const ignoring = evidence.state.sysctls.filter(
      ({ key, value }) => /arp_ignore$|arp_filter$/.test(key) && value !== '0' && !/\.all\./.test(key),
    );
    const silent = evidence.state.sysctls.filter(({ key, value }) => key.endsWith('.arp_ignore') && Number(value) >= 8);
    // Where addresses could not be read, not finding one says nothing.
    const told = refusedOf(evidence, { kind: 'addresses' }).length === 0;
    const missing = addressesOfPath(evidence).filter(({ address }) => told && !isKnownAddress(evidence, address));
    const [nobody] = missing;
    const [deaf] = silent;
    if (nobody === undefined && deaf === undefined && (evidence.seen.arp?.requests ?? 0) > 0) return null;
    const reached = evidence.seen.arp?.frames;
    const why =
      nobody !== undefined
        ? `no device of the lab has ${nobody.address}`
        : deaf !== undefined
          ? `${sysctlText(deaf)}: the far side never answers ARP`
          : 'the request does not reach the far side';
    return {
      text: `nobody answers ARP for the far side: ${why}`,
      confidence: nobody !== undefined || deaf !== undefined ? 'certain' : 'possible',
      severity: 'broken',
      at: null,
      evidence: [
        `arp: ${arp.detail}`,
        ...(reached === undefined ? [] : [`${reached} ARP requests reached the far side`]),
        ...failed.map(({ place, address, device, state }) => `${place}: ${address} dev ${device} ${state}`),
        ...ignoring.map(sysctlText),
        ...missing.map(({ address }) => `${address} is on no device`),
      ],
      cures:
        deaf === undefined
          ? []
          : [
              {
                what: 'let the far side answer ARP',
                cost: 'none',
                touches: touchedAt(deaf.place),
                action: {
                  kind: 'path',
                  commands: silent.flatMap(({ place, key }) =>
                    place === 'guest' ? [] : [{ on: place, run: ['sysctl', '-q', '-w', `${key}=0`] }],
                  ),
                },
              },
            ],
    };
  },
};
