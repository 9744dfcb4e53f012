// SPDX-License-Identifier: GPL-2.0-only
/** Rule: devices of the path disagree on the MTU, and a frame that one of them sends is too large for another. */

import type { DeviceView } from '../../model/network-state.ts';
import { HOST1 } from '../../model/place.ts';
import { devicesOnPath, dropLines, fails, passes, type Rule, rungOf } from '../rule.ts';

const REASONS = /^(PKT_TOO_BIG|SKB_GSO_SEG|DEV_READY|TC_EGRESS|BRIDGE_.*MTU)/;

export const mtuMismatch: Rule = {
  name: 'mtu-mismatch',
  summary: 'Small packets pass, full-sized ones vanish: the MTU differs along the path.',
  needs: [{ kind: 'devices' }],
  adds: ['drops'],

  suspects: (climbed) => fails(climbed, 'mtu', 'tcp-bulk', 'udp-large') && passes(climbed, 'icmp'),

  check(evidence) {
    const devices = devicesOnPath(evidence);
    const smallest = Math.min(...devices.map(({ mtu }) => mtu));
    const largest = Math.max(...devices.map(({ mtu }) => mtu));
    if (devices.length === 0 || smallest === largest) return null;
    const narrow = devices.filter(({ mtu }) => mtu === smallest);
    const { detail } = rungOf(evidence, 'mtu');
    return {
      text: `frames of up to ${largest} bytes are sent, and ${narrow.map(named).join(', ')} takes ${smallest}: larger ones are dropped without a word`,
      confidence: rungOf(evidence, 'mtu').outcome === 'fail' ? 'certain' : 'likely',
      severity: 'broken',
      at: narrow[0]?.name ?? null,
      evidence: [
        ...devices.map((device) => `${named(device)}: MTU ${device.mtu}`),
        `mtu: ${detail}`,
        ...dropLines(evidence, REASONS),
      ],
      cures: [
        {
          what: `give every device the MTU ${largest}`,
          cost: 'none, where the link below carries it',
          action: {
            kind: 'path',
            commands: narrow.flatMap(({ place, name }) =>
              place === 'guest' ? [] : [{ on: place, run: ['ip', 'link', 'set', 'dev', name, 'mtu', `${largest}`] }],
            ),
          },
        },
        {
          what: `give both ends the MTU ${smallest}: in the guest ip link set mtu ${smallest}, or host_mtu=${smallest} at its NIC`,
          cost: 'more packets for the same bytes',
          action: {
            kind: 'path',
            options: { nic: { host_mtu: smallest } },
            commands: [
              { on: HOST1, run: ['ip', 'link', 'set', 'dev', evidence.plan.wire.host1.device, 'mtu', `${smallest}`] },
            ],
          },
        },
      ],
    };
  },
};

function named({ place, name }: DeviceView): string {
  return `${place} ${name}`;
}
