// SPDX-License-Identifier: GPL-2.0-only
/** Rule: the guest leaves checksums to its NIC, and a switch that has only the frame forwards them unfinished. */

import type { OfferedCure } from '../../model/cure.ts';
import type { Evidence } from '../../model/evidence.ts';
import { HOST1, HOST2, HOSTS, type Host } from '../../model/place.ts';
import {
  type Climbed,
  dropLines,
  type Found,
  fails,
  moved,
  movedLines,
  type Need,
  ownCures,
  type Rule,
} from '../rule.ts';
import { type Unfinished, unfinishedBy } from '../unfinished.ts';

const NAME = 'partial-checksum-lost';
const CSUM_COUNTERS = /\b(Tcp|Udp|Icmp)InCsumErrors$|\bUdp6InCsumErrors$/;
/** Frames of the sender show who left a checksum unfinished, those of the other places where they went. */
export const CHECKSUM_NEEDS: readonly Need[] = [
  { kind: 'frames', at: 'guest' },
  { kind: 'frames', at: HOST2 },
  { kind: 'frames', at: HOST1 },
];
const CSUM_REASONS = /^(TCP_CSUM|UDP_CSUM|SKB_CSUM)$/;

export const partialChecksumLost: Rule = {
  name: NAME,
  summary: 'Ping passes, TCP and UDP do not: the mark of an unfinished checksum is lost on the way out of the guest.',
  needs: CHECKSUM_NEEDS,
  adds: ['drops', 'counters', 'addresses', 'devices', 'offloads'],

  suspects: carriesTooLittle,

  check(evidence) {
    const found = unfinishedBy(evidence).find(({ origin }) => origin === 'guest');
    if (found === undefined) return null;
    return verdictOn(evidence, found, {
      who: 'the guest',
      cures: [...ownCures(evidence, NAME), guestCure(evidence)],
    });
  },
};

/** Whether a rung fails whose packets may carry a checksum that was left to a device. */
export function carriesTooLittle(climbed: Climbed): boolean {
  return fails(climbed, 'udp-small', 'udp-large', 'tcp-connect', 'tcp-small', 'tcp-bulk', 'ipv6-udp', 'ipv6-tcp');
}

/** What both rules about unfinished checksums say; frames that are dropped nowhere are likely, not certain. */
export function verdictOn(
  evidence: Evidence,
  { lostAt, healthyAt, lines, repeated }: Unfinished,
  { who, cures }: { readonly who: string; readonly cures: readonly OfferedCure[] },
): Found {
  const dropped = evidence.drops.some(({ reason }) => CSUM_REASONS.test(reason));
  const counted = moved(evidence, CSUM_COUNTERS) > 0;
  const between =
    healthyAt === null
      ? `before ${lostAt.hop} (${lostAt.device})`
      : `between ${healthyAt.hop} (${healthyAt.device}) and ${lostAt.hop} (${lostAt.device})`;
  return {
    text: `${who} leaves TCP and UDP checksums to be completed by its device, and that mark is lost ${between}: the frames arrive unfinished and are dropped`,
    confidence: dropped || counted ? 'certain' : 'likely',
    severity: 'broken',
    at: lostAt.hop,
    evidence: [...lines, ...repeated, ...dropLines(evidence, CSUM_REASONS), ...movedLines(evidence, CSUM_COUNTERS)],
    cures,
  };
}

/** The guest computes them itself; a far end on a veth leaves its own unfinished in the same way, and must do so too. */
function guestCure(evidence: Evidence): OfferedCure {
  const commands = unfinishedEnds(evidence).map(({ on, device }) => ({
    on,
    run: ['ethtool', '-K', device, 'tx', 'off'],
  }));
  const hosts = commands.map(({ on }) => on);
  return {
    what: `the guest completes its checksums itself: csum=off at its NIC${hosts.length === 0 ? '' : `, and ${hosts.join(' and ')} the same on a veth`}`,
    cost: 'CPU time in the guest for every byte that it sends, and no segmentation offload',
    // What the far end of a veth does beside it is the lab's own doing: a NIC on a cable does so anyhow.
    touches: 'own',
    action: { kind: 'path', options: { nic: { csum: false } }, ...(commands.length === 0 ? {} : { commands }) },
  };
}

/** Devices with an address of the path that are veths and leave checksums to be completed. */
function unfinishedEnds({ plan, state }: Evidence): { readonly on: Host; readonly device: string }[] {
  return HOSTS.flatMap((on) => {
    const { address } = plan.wire[on];
    const device = state.addresses.find((each) => each.place === on && each.address === address)?.device ?? '';
    const view = state.devices.find(({ place, name }) => place === on && name === device);
    return view?.kind === 'veth' && view.offloads['tx-checksumming'] === true ? [{ on, device }] : [];
  });
}
