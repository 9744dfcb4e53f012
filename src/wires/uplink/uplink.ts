// SPDX-License-Identifier: GPL-2.0-only
/** Wire `uplink`: an interface of each host's machine, joined by whatever is plugged in between. */
import { z } from 'zod';
import { HOST1, HOST2, HOSTS, type Host } from '../../model/place.ts';
import { areOneMachine, type Wire } from '../../model/plan.ts';
import type { WireKind } from '../wire.ts';

const interfaceName = z.string().regex(/^[^\s/]{1,15}$/, 'is the name of an interface, as `ip link` has it');

const ends = z.strictObject({
  [HOST1]: interfaceName.optional().describe("The interface of host1's machine."),
  [HOST2]: interfaceName.optional().describe("That of host2's; left out where the backend brings its own."),
  mine: z
    .boolean()
    .optional()
    .describe('What uses it now may lose it while the lab is there; never the ssh session that the lab is run over.'),
});

const options = z
  .union([interfaceName.transform((name) => ({ [HOST1]: name, [HOST2]: name })), ends])
  .describe('An interface name for both machines, or one each: {host1: eth3, host2: eth2}.');

export const uplink: WireKind = {
  kind: 'uplink',
  summary:
    "an interface of each host's machine, joined by a cable or a switch: borrowed for the lab, given back as it was",
  requires: [
    { kind: 'tool', name: 'ip', package: 'iproute2', minimum: null },
    { kind: 'tool', name: 'ss', package: 'iproute2', minimum: null },
    { kind: 'tool', name: 'nsenter', package: 'util-linux', minimum: null },
    { kind: 'tool', name: 'ethtool', package: 'ethtool', minimum: null },
  ],
  options,

  misfit(machines, told) {
    const { host1, host2 } = ends.parse(told ?? {});
    if (host1 === undefined || host1 !== host2 || !areOneMachine(machines)) return null;
    return `${host1} of one machine cannot be both of its ends`;
  },

  borrows(wire) {
    const { mine = false, ...named } = endsOf(wire);
    return HOSTS.flatMap((place) => {
      const device = named[place];
      return device === undefined ? [] : [{ place, device, as: wire[place].device, mine }];
    });
  },

  plan(wire) {
    const { host1, prefix } = wire;
    const named = endsOf(wire);
    const isHere = (host: Host) => host === HOST1 || named[host] !== undefined || wire.options === undefined;
    return [
      ...HOSTS.filter(isHere).map((host) => ({
        on: host,
        do: ['ip', 'link', 'set', 'dev', wire[host].device, 'address', wire[host].mac],
        // The machine gets its interface back with its own.
        undo: null,
      })),
      { on: HOST1, do: ['ip', 'address', 'add', `${host1.address}/${prefix}`, 'dev', host1.device], undo: null },
      { on: HOST1, do: ['ip', 'link', 'set', host1.device, 'up'], undo: null },
    ];
  },
};

/** What the lab file tells; a plan without one tells nothing. */
function endsOf({ options: told = {} }: Wire): z.infer<typeof ends> {
  return ends.parse(told);
}
