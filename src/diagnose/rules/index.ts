// SPDX-License-Identifier: GPL-2.0-only
/** The one array of rules, in the order in which equal verdicts are shown: a rule is a file and a line here. Those of a VMM alone stand behind them. */
import type { Rule } from '../rule.ts';
import { antiSpoof } from './anti-spoof.ts';
import { bridgeNfCall } from './bridge-nf-call.ts';
import { bridgePortBlocked } from './bridge-port-blocked.ts';
import { duplicateAddress } from './duplicate-address.ts';
import { firewallDrop } from './firewall-drop.ts';
import { fullFdb } from './full-fdb.ts';
import { icmpIgnored } from './icmp-ignored.ts';
import { macvtapIsolation } from './macvtap-isolation.ts';
import { macvtapMac } from './macvtap-mac.ts';
import { mtuMismatch } from './mtu-mismatch.ts';
import { natWithoutForwarding } from './nat-without-forwarding.ts';
import { noNeighbour } from './no-neighbour.ts';
import { noRoute } from './no-route.ts';
import { notListening } from './not-listening.ts';
import { partialChecksumLost } from './partial-checksum-lost.ts';
import { redirectRefused } from './redirect-refused.ts';
import { rpFilter } from './rp-filter.ts';
import { vethChecksumOffload } from './veth-checksum-offload.ts';
import { vhostMissing } from './vhost-missing.ts';
import { vlanMismatch } from './vlan-mismatch.ts';
import { wrongNeighbour } from './wrong-neighbour.ts';

export const rules: readonly Rule[] = [
  partialChecksumLost,
  vethChecksumOffload,
  redirectRefused,
  bridgePortBlocked,
  wrongNeighbour,
  duplicateAddress,
  antiSpoof,
  vlanMismatch,
  bridgeNfCall,
  rpFilter,
  firewallDrop,
  mtuMismatch,
  macvtapIsolation,
  macvtapMac,
  natWithoutForwarding,
  noRoute,
  noNeighbour,
  notListening,
  icmpIgnored,
  fullFdb,
  vhostMissing,
];
