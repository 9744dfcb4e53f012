/** Rule: an XDP program redirects to a device that takes no redirected frames, and the kernel says so to tracepoints alone. */
import type { Evidence, XdpLoss } from '../../model/diagnosis.ts';
import { hasFailure, movedLines, ownCures, type Rule } from '../rule.ts';

const NAME = 'redirect-refused';
/** ndo_xdp_xmit missing, a veth whose far end has neither program nor GRO, a device that is down, a frame that is too large. */
const ERRORS: Readonly<Record<string, string>> = {
  EOPNOTSUPP: 'the driver has no ndo_xdp_xmit',
  ENXIO: "ndo_xdp_xmit is off: a veth's far end has neither an XDP program nor GRO, or the driver none loaded",
  ENETDOWN: 'the device is down',
  EMSGSIZE: "the frame is larger than the device's MTU",
  ENOSPC: 'the device has no room: too few TX queues or rings for its CPUs',
  EINVAL: 'there is no such target',
};

export const redirectRefused: Rule = {
  name: NAME,
  summary: 'XDP forwards, and nothing arrives: the target of the redirect does not take redirected frames.',

  check(evidence) {
    const losses = evidence.xdp.filter((loss) => loss.tracepoint !== 'xdp_exception' && !isMeant(evidence, loss));
    const [worst] = losses.toSorted((a, b) => b.frames - a.frames);
    if (worst === undefined || !hasFailure(evidence)) return null;
    const why = ERRORS[worst.reason] ?? worst.reason;
    return {
      text: `XDP redirects frames to ${worst.device || 'a device'} in ${worst.place}, which does not take them: ${why}`,
      confidence: 'certain',
      severity: 'broken',
      at: worst.device || null,
      evidence: [...losses.map(lossLine), ...movedLines(evidence, /\b(lost|losses|redirect)\b/)],
      cures: [
        ...ownCures(evidence, NAME),
        ...(worst.reason === 'ENXIO'
          ? [
              {
                what: `switch GRO on at the far end of ${worst.device}, or load an XDP program there`,
                cost: 'frames are handled by NAPI at the far end',
                action: {
                  kind: 'path',
                  commands: [{ on: 'host1', run: ['ethtool', '-K', evidence.plan.wire.host1.device, 'gro', 'on'] }],
                },
              } as const,
            ]
          : []),
      ],
    };
  },
};

/** A copy of a flooded frame that the bridge's own program keeps back is a drop without an error to the kernel. */
function isMeant({ deltas }: Evidence, { device, reason, frames }: XdpLoss): boolean {
  if (reason !== 'NO_ERROR') return false;
  const kept = Object.entries(deltas).find(([name]) => name.endsWith(` ${device} filtered`));
  return (kept?.[1] ?? 0) >= frames;
}

function lossLine({ place, device, tracepoint, reason, frames }: XdpLoss): string {
  return `${place} ${device}: ${frames} frames, ${tracepoint} ${reason}`;
}
