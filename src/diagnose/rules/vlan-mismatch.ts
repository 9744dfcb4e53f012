// SPDX-License-Identifier: GPL-2.0-only
/** Rule: the two ends of the path are in different VLANs, or a port does not carry the frame's. */
import type { Place } from '../../model/place.ts';
import { dropLines, hasFailure, moved, movedLines, ownCures, type Rule, rungOf } from '../rule.ts';

const NAME = 'vlan-mismatch';
const COUNTER = /\b(drop_vlan|filtered)\b/;
const REASON = /VLAN/;

export const vlanMismatch: Rule = {
  name: NAME,
  summary: 'Nothing passes, or untagged frames alone: the ports of the switch are in different VLANs.',
  needs: [{ kind: 'vlans' }, { kind: 'devices' }, { kind: 'drops' }, { kind: 'data-path' }],

  suspects: hasFailure,

  check(evidence) {
    const counted = moved(evidence, COUNTER);
    const drops = evidence.drops.filter(({ reason }) => REASON.test(reason));
    const ports = vlanPorts(evidence.state.vlans);
    const apart =
      ports.length > 1 &&
      !ports.some(({ vlans }) => ports.every((each) => vlans.some((vlan) => each.vlans.includes(vlan))));
    if (counted === 0 && drops.length === 0 && !apart) return null;
    const tagged = rungOf(evidence, 'vlan').outcome === 'fail' && rungOf(evidence, 'icmp').outcome === 'pass';
    return {
      text: tagged
        ? 'tagged frames are dropped: a port of the switch does not carry their VLAN'
        : 'the ports of the switch are in different VLANs: a frame of one is never sent to the other',
      confidence: counted > 0 || apart ? 'certain' : 'likely',
      severity: 'broken',
      at: ports[0]?.port ?? null,
      evidence: [
        ...movedLines(evidence, COUNTER),
        ...dropLines(evidence, REASON),
        ...ports.map(({ place, port, vlans }) => `${place} ${port}: VLAN ${vlans.join(', ')}`),
      ],
      cures: [
        ...ownCures(evidence, NAME),
        ...(apart
          ? [
              {
                what: 'put both ports into one VLAN',
                cost: 'what is in that VLAN sees the path too',
                touches: 'machine',
                action: {
                  kind: 'path',
                  commands: ports.flatMap(({ place, port }) =>
                    place === 'guest'
                      ? []
                      : [{ on: place, run: ['bridge', 'vlan', 'add', 'vid', '1', 'dev', port, 'pvid', 'untagged'] }],
                  ),
                },
              } as const,
            ]
          : []),
      ],
    };
  },
};

/** VLANs of the ports whose bridge filters by VLAN. */
function vlanPorts(vlans: readonly { place: Place; port: string; vlan: number }[]) {
  const ports = new Map<string, { place: Place; port: string; vlans: number[] }>();
  for (const { place, port, vlan } of vlans) {
    const key = `${place} ${port}`;
    const known = ports.get(key) ?? { place, port, vlans: [] };
    known.vlans.push(vlan);
    ports.set(key, known);
  }
  return [...ports.values()];
}
