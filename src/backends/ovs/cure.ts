// SPDX-License-Identifier: GPL-2.0-only
/** What keeps checksums right on the netdev datapath, which reads frames from the kernel without their state. */
import type { OfferedCure } from '../../model/cure.ts';
import type { Step, Wire } from '../../model/plan.ts';

/**
 * none: nothing is needed, or the user wants to see the fault. switch: OVS reads and writes the state of a checksum
 * with each frame. edges: an AF_XDP socket has no room for that state, so no frame may arrive unfinished.
 */
export type Cure = 'none' | 'switch' | 'edges';

const LOST = 'the netdev datapath drops the mark of an unfinished checksum, and TCP and UDP fail';

/** What a diagnosis of a path without it proposes first. */
export const OWN_CURE: OfferedCure = {
  what: 'let Open vSwitch carry the mark of an unfinished checksum (userspace-tso-enable), or let nothing unfinished reach it',
  cost: 'a header more to read and write with every frame',
  touches: 'own',
  action: { kind: 'path', options: { cure: true } },
};

export function chooseCure(choice: {
  readonly datapath: 'netdev' | 'system';
  readonly packetSocket: boolean;
  readonly wanted: boolean;
}): Cure {
  if (choice.datapath === 'system' || !choice.wanted) return 'none';
  return choice.packetSocket ? 'switch' : 'edges';
}

/** At the edges: the wire's far end completes its checksums, as a NIC on a cable does; a veth pair carries the mark. */
export function curingSteps(cure: Cure, { host1 }: Wire): Step[] {
  if (cure !== 'edges') return [];
  return [{ on: host1.host, do: ['ethtool', '-K', host1.device, 'tx', 'off'], undo: null }];
}

/** At the edges the guest completes its own; what the user says of the device comes last. */
export function curingNic(cure: Cure, nic: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return cure === 'edges' ? { csum: false, ...nic } : nic;
}

/** What was done to the path, for the plan and for the report. */
export function curingNotes(cure: Cure, datapath: 'netdev' | 'system'): string[] {
  if (datapath === 'system') return [];
  switch (cure) {
    case 'switch':
      return [`cured: Open vSwitch runs with userspace-tso-enable=true; without it ${LOST} (--no-cure shows it)`];
    case 'edges':
      return [
        `cured: csum=off at the guest's NIC and tx offload off at the wire's far end, whose work is in the latency; without them ${LOST} (--no-cure shows it)`,
      ];
    case 'none':
      return [`not cured, by option: ${LOST}`];
    default:
      return cure satisfies never;
  }
}
