// SPDX-License-Identifier: GPL-2.0-only
/** Rule: an XDP program redirects to a device that takes no redirected frames, and the kernel says so to tracepoints alone. */

import type { OfferedCure } from '../../model/cure.ts';
import type { Evidence, XdpLoss } from '../../model/evidence.ts';
import { HOST1, HOST2 } from '../../model/place.ts';
import { hasFailure, movedLines, ownCures, type Rule } from '../rule.ts';

const NAME = 'redirect-refused';
const NO_XMIT = 'the driver has no ndo_xdp_xmit, or it is off';
/** ndo_xdp_xmit missing or off, a device that is down, a frame that is too large. */
const ERRORS: Readonly<Record<string, string>> = {
  EOPNOTSUPP: NO_XMIT,
  ENXIO: NO_XMIT,
  ENETDOWN: 'the device is down',
  EMSGSIZE: "the frame is larger than the device's MTU",
  ENOSPC: 'the device has no room: too few TX queues or rings for its CPUs',
  EINVAL: 'there is no such target',
};
/** ENXIO: Linux up to 6.2, as the frame is sent. EOPNOTSUPP: later ones, before it is queued. */
const OFF: readonly string[] = ['EOPNOTSUPP', 'ENXIO'];

export const redirectRefused: Rule = {
  name: NAME,
  summary: 'XDP forwards, and nothing arrives: the target of the redirect does not take redirected frames.',
  needs: [
    // One reader counts drops and losses: where it could not be run, the source of drops alone says so.
    { kind: 'drops', at: HOST2 },
    { kind: 'xdp', at: HOST2, of: 'xdp:xdp_redirect_err' },
    { kind: 'xdp', at: HOST2, of: 'xdp:xdp_devmap_xmit' },
    { kind: 'data-path' },
  ],
  adds: ['devices'],

  suspects: hasFailure,

  check(evidence) {
    const losses = evidence.xdp.filter(
      (loss) => loss.tracepoint !== 'xdp_exception' && isOnPath(evidence, loss) && !isMeant(evidence, loss),
    );
    const [worst] = losses.toSorted((a, b) => b.frames - a.frames);
    if (worst === undefined) return null;
    const farEnd = farEndOf(evidence, worst);
    const why = farEnd === null ? (ERRORS[worst.reason] ?? worst.reason) : farEnd.why;
    return {
      text: `XDP redirects frames to ${worst.device || 'a device'} in ${worst.place}, which does not take them: ${why}`,
      confidence: 'certain',
      severity: 'broken',
      at: worst.device || null,
      evidence: [...losses.map(lossLine), ...movedLines(evidence, /\b(lost|losses|redirect)\b/)],
      cures: [...ownCures(evidence, NAME), ...(farEnd?.cures ?? [])],
    };
  },
};

/** A veth sends redirected frames while its far end has a program or GRO, and refuses them else; null = another reason. */
function farEndOf(
  { plan, state }: Evidence,
  { device, reason }: XdpLoss,
): { why: string; cures: readonly OfferedCure[] } | null {
  const view = state.devices.find((each) => each.place === HOST2 && each.name === device);
  if (view?.kind !== 'veth' || !OFF.includes(reason)) return null;
  const why = `the far end of this veth has neither an XDP program nor GRO, and so its ndo_xdp_xmit is off`;
  if (device !== plan.wire.host2.device) return { why, cures: [] };
  const run = ['ethtool', '-K', plan.wire.host1.device, 'gro', 'on'];
  return {
    why,
    cures: [
      {
        what: `switch GRO on at the far end of ${device}, or load an XDP program there`,
        cost: 'frames are handled by NAPI at the far end',
        touches: 'others',
        action: { kind: 'path', commands: [{ on: HOST1, run }] },
      },
    ],
  };
}

/** The tracepoints are the machine's: losses of other paths are told there too. */
function isOnPath({ plan: { wire, backendPlan } }: Evidence, { device }: XdpLoss): boolean {
  const own = [
    wire.host1.device,
    wire.host2.device,
    ...backendPlan.hops.map((hop) => hop.device),
    ...Object.values(backendPlan.proof).flatMap((points) => points.map((point) => point.device)),
  ];
  return device === '' || own.includes(device);
}

/** The bridge's own program may keep back the copy of a flooded frame: for the kernel that is a drop without an error. */
function isMeant({ deltas }: Evidence, { device, reason, frames }: XdpLoss): boolean {
  if (reason !== 'NO_ERROR') return false;
  const kept = deltas.find((counter) => counter.device === device && counter.key === 'filtered');
  return (kept?.value ?? 0) >= frames;
}

function lossLine({ place, device, tracepoint, reason, frames }: XdpLoss): string {
  return `${place} ${device}: ${frames} frames, ${tracepoint} ${reason}`;
}
