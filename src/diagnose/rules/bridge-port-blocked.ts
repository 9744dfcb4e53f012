// SPDX-License-Identifier: GPL-2.0-only
/** Rule: a port of the bridge is down, or does not forward. */

import type { LabCommand } from '../../model/lab-spec.ts';
import type { DeviceView } from '../../model/network-state.ts';
import { devicesOnPath, dropLines, hasFailure, type Rule } from '../rule.ts';

export const bridgePortBlocked: Rule = {
  name: 'bridge-port-blocked',
  summary: 'Nothing passes: a device of the path is down, has no carrier, or is a bridge port that does not forward.',
  needs: [{ kind: 'devices' }, { kind: 'carrier' }],
  adds: ['drops'],

  suspects: hasFailure,

  check(evidence) {
    const blocked = devicesOnPath(evidence).filter(
      ({ up, carrier, portState }) => !up || !carrier || (portState !== null && portState !== 'forwarding'),
    );
    const [first] = blocked;
    if (first === undefined) return null;
    return {
      text: `${first.place} ${first.name} ${why(first)}: no frame passes it`,
      confidence: 'certain',
      severity: 'broken',
      at: first.name,
      evidence: [
        ...blocked.map((device) => `${device.place} ${device.name} ${why(device)}`),
        ...dropLines(evidence, /^BRIDGE_|^DEV_READY|NON_FORWARDING/),
      ],
      cures: [
        {
          what: 'bring it up and let it forward',
          cost: 'none',
          action: { kind: 'path', commands: blocked.flatMap(repair) },
        },
      ],
    };
  },
};

function why({ up, carrier, portState, master }: DeviceView): string {
  if (!up) return 'is down';
  if (!carrier) return 'has no carrier: its far end is down';
  return `is a port of ${master ?? 'a bridge'} in state ${portState}`;
}

function repair({ place, name, up, portState }: DeviceView): LabCommand[] {
  if (place === 'guest') return [];
  const command = (...run: string[]): LabCommand => ({ on: place, run });
  return [
    ...(up ? [] : [command('ip', 'link', 'set', 'dev', name, 'up')]),
    ...(portState !== null && portState !== 'forwarding' && up
      ? [command('bridge', 'link', 'set', 'dev', name, 'state', '3')]
      : []),
  ];
}
