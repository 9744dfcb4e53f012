// SPDX-License-Identifier: GPL-2.0-only
/** Rule: devices of the path disagree on the MTU, and a frame that one of them sends is too large for another. */

import type { DeviceView } from '../../model/network-state.ts';
import { mtuCures } from '../mtu-cures.ts';
import { devicesOnPath, dropLines, fails, passes, type Rule, rungOf } from '../rule.ts';

const REASONS = /^(PKT_TOO_BIG|SKB_GSO_SEG|DEV_READY|TC_EGRESS|BRIDGE_.*MTU)/;

export const mtuMismatch: Rule = {
  name: 'mtu-mismatch',
  summary: 'Small packets pass, full-sized ones vanish: the MTU differs along the path.',
  needs: [{ kind: 'devices' }],
  adds: ['drops'],

  suspects: (climbed) => fails(climbed, 'mtu', 'tcp-bulk', 'udp-large') && passes(climbed, 'icmp'),

  check(evidence) {
    const devices = withNarrowPorts(devicesOnPath(evidence), evidence.state.devices);
    const smallest = Math.min(...devices.map(({ mtu }) => mtu));
    const largest = Math.max(...devices.map(({ mtu }) => mtu));
    if (devices.length === 0 || smallest === largest) return null;
    const wide = devices.filter(({ mtu }) => mtu === largest);
    const guest = wide.length === 1 ? wide.find(({ place }) => place === 'guest') : undefined;
    const narrow = devices.filter((device) => device.mtu === smallest && !follows(device, evidence.state.devices));
    const { detail, outcome } = rungOf(evidence, 'mtu');
    return {
      text:
        guest === undefined
          ? `frames of up to ${largest} bytes are sent, and ${narrow.map(named).join(', ')} takes ${smallest}: larger ones are dropped without a word`
          : `the guest sends frames of up to ${largest} bytes, and the segment takes ${smallest}: larger ones are dropped without a word`,
      confidence: outcome === 'fail' ? 'certain' : 'likely',
      severity: 'broken',
      at: (guest ?? narrow[0])?.name ?? null,
      evidence: [
        ...devices.map((device) => `${named(device)}: MTU ${device.mtu}`),
        `mtu: ${detail}`,
        ...dropLines(evidence, REASONS),
      ],
      cures: mtuCures({ devices, narrow, smallest, largest, farDevice: evidence.plan.wire.host1.device }),
    };
  },
};

/** Ports that are no hop, as those between two bridges, count where a bridge of the path has its MTU from them. */
function withNarrowPorts(onPath: readonly DeviceView[], all: readonly DeviceView[]): DeviceView[] {
  const smallest = Math.min(...onPath.map(({ mtu }) => mtu));
  const bridges = onPath.filter(({ kind, mtu }) => kind === 'bridge' && mtu === smallest);
  const isPort = ({ place, master, mtu }: DeviceView) =>
    mtu === smallest && bridges.some((bridge) => bridge.place === place && bridge.name === master);
  return [...onPath, ...all.filter((device) => isPort(device) && !onPath.includes(device))];
}

/** A bridge that nobody gave an MTU takes that of its narrowest port. */
function follows({ place, name, kind, mtu }: DeviceView, all: readonly DeviceView[]): boolean {
  return kind === 'bridge' && all.some((port) => port.place === place && port.master === name && port.mtu === mtu);
}

function named({ place, name }: DeviceView): string {
  return `${place} ${name}`;
}
