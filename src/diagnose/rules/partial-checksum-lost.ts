/** Rule: the guest leaves checksums to its NIC, and a switch that has only the frame forwards them unfinished. */
import type { Cure, Evidence, Verdict } from '../../model/diagnosis.ts';
import { dropLines, fails, moved, movedLines, ownCures, type Rule } from '../rule.ts';
import { type Unfinished, unfinishedBy } from '../unfinished.ts';

const NAME = 'partial-checksum-lost';
export const CSUM_COUNTERS = /\b(Tcp|Udp|Icmp)InCsumErrors$|\bUdp6InCsumErrors$/;
export const CSUM_REASONS = /^(TCP_CSUM|UDP_CSUM|SKB_CSUM)$/;

export const partialChecksumLost: Rule = {
  name: NAME,
  summary: 'Ping passes, TCP and UDP do not: the mark of an unfinished checksum is lost on the way out of the guest.',

  check(evidence) {
    const all = unfinishedBy(evidence);
    const found = all.find(({ origin }) => origin === 'guest');
    if (found === undefined) return null;
    return verdictOn(evidence, found, {
      who: 'the guest',
      cures: [
        ...ownCures(evidence, NAME),
        guestCure(
          evidence,
          all.some(({ origin }) => origin === 'host1'),
        ),
      ],
    });
  },
};

/** What both rules about unfinished checksums say; frames that are dropped nowhere are likely, not certain. */
export function verdictOn(
  evidence: Evidence,
  { lostAt, healthyAt, lines, repeated }: Unfinished,
  { who, cures }: { readonly who: string; readonly cures: readonly Cure[] },
): Omit<Verdict, 'rule'> | null {
  if (!fails(evidence, 'udp-small', 'udp-large', 'tcp-connect', 'tcp-small', 'tcp-bulk', 'ipv6-udp', 'ipv6-tcp'))
    return null;
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

/** The guest computes them itself; where the far end's frames are unfinished too, it must complete its own as well. */
function guestCure({ plan }: Evidence, farToo: boolean): Cure {
  const { host1 } = plan.wire;
  const far = { on: 'host1', run: ['ethtool', '-K', host1.device, 'tx', 'off'] } as const;
  return {
    what: `the guest completes its checksums itself: csum=off at its NIC${farToo ? ', and host1 its own' : ''}`,
    cost: 'CPU time in the guest for every byte that it sends, and no segmentation offload',
    action: { kind: 'path', options: { nic: { csum: false } }, ...(farToo ? { commands: [far] } : {}) },
  };
}
