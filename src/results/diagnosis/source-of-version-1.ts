// SPDX-License-Identifier: GPL-2.0-only
/** The sources of a diagnosis of schema 1, which had a name alone: "drop reasons (skb:kfree_skb) of host2 and host1". */
import { HOST1, HOST2 } from '../../model/place.ts';
import type { EvidenceSource, SourceId, SourceKind } from '../../model/source.ts';

export function sourceOfVersion1(old: { name: string; used: boolean; why: string }): EvidenceSource {
  const { name, used, why } = old;
  for (const [pattern, kind] of NAMES) {
    const found = pattern.exec(name)?.groups;
    if (found === undefined) continue;
    const { places = '', of = null, device = null } = found;
    return { kind, places: placesOf(places), of, device, used, why };
  }
  return { kind: 'other', places: [], of: name, device: null, used, why };
}

const PLACES = '(?<places>(?:guest|host1|host2)(?: and (?:guest|host1|host2))*)';

/** The first that fits. */
const NAMES: readonly (readonly [RegExp, SourceKind])[] = [
  named('frames at (?<of>.*) \\(VMM (?<device>[^()]*)\\)', 'frames'),
  named(`frames at (?<of>.*) \\(${PLACES}(?: (?<device>[^()]*))?\\)`, 'frames'),
  named(`drop reasons \\((?<of>[^()]*)\\) of ${PLACES}`, 'drops'),
  named(`counts of ${PLACES}`, 'uncounted'),
  named(`(?<of>\\w+:\\w+) of ${PLACES}`, 'xdp'),
  named('data path of (?<of>\\S+)', 'data-path'),
  named(`offloads of (?<device>\\S+) of ${PLACES}`, 'offloads'),
  named(`firewall \\((?<of>[^()]*)\\) of ${PLACES}`, 'firewall'),
  named(`VLANs of ${PLACES}`, 'vlans'),
  named(`special routes of ${PLACES}`, 'rules-of-routing'),
  ...(['devices', 'carrier', 'offloads', 'neighbours', 'fdb', 'sysctls', 'routes', 'addresses'] as const).map((kind) =>
    named(`${kind} of ${PLACES}`, kind),
  ),
];

function named(pattern: string, kind: SourceKind): readonly [RegExp, SourceKind] {
  return [new RegExp(`^${pattern}$`), kind];
}

function placesOf(words: string): SourceId['places'] {
  return words.split(' and ').filter((word) => word === 'guest' || word === HOST1 || word === HOST2);
}
