// SPDX-License-Identifier: GPL-2.0-only
/** Rule: the test bed's own trap: a veth pair carries unfinished checksums as no cable does. */
import { HOST1 } from '../../model/place.ts';
import { ownCures, type Rule } from '../rule.ts';
import { unfinishedBy } from '../unfinished.ts';
import { CHECKSUM_NEEDS, carriesTooLittle, verdictOn } from './partial-checksum-lost.ts';

const NAME = 'veth-checksum-offload';

export const vethChecksumOffload: Rule = {
  name: NAME,
  summary:
    "The remote's frames arrive unfinished: a veth wire passes on the mark that a NIC would have acted on, and the switch drops it.",
  needs: CHECKSUM_NEEDS,
  adds: ['drops', 'counters'],

  suspects: carriesTooLittle,

  check(evidence) {
    const found = unfinishedBy(evidence).find(({ origin }) => origin === HOST1);
    if (found === undefined) return null;
    const { host1 } = evidence.plan.wire;
    return verdictOn(evidence, found, {
      who: 'host1, on a veth wire that no NIC completes them on,',
      cures: [
        ...ownCures(evidence, 'partial-checksum-lost'),
        {
          what: 'host1 completes its checksums before the wire, as a NIC on a cable does',
          cost: 'CPU time in host1 for every byte that it sends',
          touches: 'others',
          action: { kind: 'path', commands: [{ on: HOST1, run: ['ethtool', '-K', host1.device, 'tx', 'off'] }] },
        },
      ],
    });
  },
};
