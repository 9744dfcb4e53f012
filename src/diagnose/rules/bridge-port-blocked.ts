// SPDX-License-Identifier: GPL-2.0-only
/** Rule: a port of the bridge is down, or does not forward. */

import type { OfferedCure } from '../../model/cure.ts';
import type { LabCommand } from '../../model/lab-spec.ts';
import type { DeviceView } from '../../model/network-state.ts';
import { devicesOnPath, dropLines, hasFailure, hasPassedLater, type Rule, touchedAt } from '../rule.ts';
import { runsStp, stpCures } from '../stp-cures.ts';

export const bridgePortBlocked: Rule = {
  name: 'bridge-port-blocked',
  summary: 'Nothing passes: a device of the path is down, has no carrier, or is a bridge port that does not forward.',
  needs: [{ kind: 'devices' }, { kind: 'carrier' }],
  adds: ['drops'],

  // A port that STP held back may forward by the time that the ladder is climbed again.
  suspects: (climbed) => hasFailure(climbed) || hasPassedLater(climbed),

  check(evidence) {
    const onPath = devicesOnPath(evidence);
    const all = onPath.filter(
      ({ up, carrier, portState }) => !up || !carrier || (portState !== null && portState !== 'forwarding'),
    );
    // A bridge has no carrier while none of its ports forwards: that is no fault of its own.
    const blocked = all.filter(
      (device) => !all.some((port) => port.place === device.place && port.master === device.name),
    );
    const [first] = blocked;
    if (first === undefined) return null;
    const held = blocked.filter(runsStp);
    return {
      text: `${first.place} ${first.name} ${why(first)}: no frame passes it${waitText(held)}`,
      confidence: 'certain',
      severity: 'broken',
      at: first.name,
      evidence: [
        ...blocked.map((device) => `${device.place} ${device.name} ${why(device)}`),
        ...dropLines(evidence, /^BRIDGE_|^DEV_READY|NON_FORWARDING/),
      ],
      cures: [...stpCures(held, onPath), ...repairs(blocked.filter((device) => !runsStp(device)))],
    };
  },
};

function why({ up, carrier, portState, master }: DeviceView): string {
  if (!up) return 'is down';
  if (!carrier) return 'has no carrier: its far end is down';
  return `is a port of ${master ?? 'a bridge'} in state ${portState}`;
}

/** "; STP lets it forward by itself, 7 s later". */
function waitText(held: readonly DeviceView[]): string {
  const left = Math.max(0, ...held.map(({ stp }) => stp?.leftMs ?? 0));
  if (left > 0) return `; STP lets it forward by itself, ${Math.ceil(left / 1000)} s later`;
  return held.length === 0 ? '' : '; STP keeps it so, because another way leads to the same bridge';
}

function repairs(blocked: readonly DeviceView[]): OfferedCure[] {
  const [first] = blocked;
  if (first === undefined) return [];
  const commands = blocked.flatMap(repair);
  return [
    {
      what: 'bring it up and let it forward',
      cost: 'none',
      touches: touchedAt(first.place),
      action: commands.length === 0 ? { kind: 'advice' } : { kind: 'path', commands },
    },
  ];
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
