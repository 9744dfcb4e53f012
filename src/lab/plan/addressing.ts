// SPDX-License-Identifier: GPL-2.0-only
/** Names, MACs and addresses of the paths: all derived from a path's number, so that two of them never meet. */

import { deviceName } from '../../backends/common.ts';
import type { PathSpec } from '../../model/lab-spec.ts';
import { HOST1, HOST2 } from '../../model/place.ts';
import type { Wire } from '../../model/plan.ts';
import { wireOf } from '../../wires/index.ts';

/** Slots of a guest and octets of the subnets bound it. */
export const MAX_PATHS = 28;

/** First port of the servers; path i listens on FIRST_PORT + i. */
const FIRST_PORT = 9100;

export interface PathAddresses {
  readonly wire: Wire;
  readonly guestMac: string;
  readonly guestAddress: string;
  readonly port: number;
}

/** Subnet 10.99.i.0/24 belongs to the wire of path i: host1 is .1, host2 .2, a guest on the same link .3. */
export function addressesOf(
  path: string,
  index: number,
  { wire, wireOptions }: Pick<PathSpec, 'wire' | 'wireOptions'> = {},
): PathAddresses {
  const device = deviceName('w', { path, index });
  return {
    wire: {
      kind: wireOf(wire).kind,
      host1: { host: HOST1, device, mac: macOf(index, 1), address: `10.99.${index}.1` },
      host2: { host: HOST2, device, mac: macOf(index, 2), address: `10.99.${index}.2` },
      prefix: 24,
      ...(wireOptions === undefined ? {} : { options: wireOptions }),
    },
    guestMac: macOf(index, 3),
    guestAddress: `10.99.${index}.3`,
    port: FIRST_PORT + index,
  };
}

/** Locally administered; "hl" in ASCII, the path, the role. */
function macOf(index: number, role: number): string {
  return `02:68:6c:00:${index.toString(16).padStart(2, '0')}:${role.toString(16).padStart(2, '0')}`;
}
