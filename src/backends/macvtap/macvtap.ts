// SPDX-License-Identifier: GPL-2.0-only
/** Backend `macvtap`: a macvtap on the wire; the VMM reads and writes its character device. */

import { z } from 'zod';
import { HoplabError } from '../../model/errors.ts';
import { GUEST_TO_HOST2, HOST1_TO_GUEST, HOST2, wholeMachine } from '../../model/place.ts';
import type { Backend } from '../backend.ts';
import {
  decideVhost,
  deviceName,
  deviceUp,
  endBesideWire,
  guestNicHop,
  l2Nic,
  l2Reach,
  nicOption,
  vhostOption,
  vhostRequirements,
  vmmHop,
  wireHops,
  wireProof,
} from '../common.ts';

const options = z.strictObject({
  mode: z.enum(['bridge', 'private', 'vepa', 'passthru']).default('bridge').describe('Mode of the macvtap'),
  sibling: z
    .boolean()
    .default(true)
    .describe(
      'In bridge mode: host2 answers on a macvlan beside it; false: on the device below, where the guest does not reach it',
    ),
  vhost: vhostOption,
  nic: nicOption,
});

/** The VMM finds the nodes of macvtap paths from this descriptor on, above those of its sockets. */
const FIRST_DESCRIPTOR = 100;

export const macvtap: Backend<z.infer<typeof options>> = {
  kind: 'macvtap',
  summary: 'macvtap on the wire (bridge mode), vhost-net where the machine has it',
  options,
  guest: true,

  requires: ({ vhost }) => [{ kind: 'link-type', type: 'macvtap', module: 'macvtap' }, ...vhostRequirements(vhost)],

  plan(context, { mode, sibling: wanted, vhost: choice, nic }) {
    const { wire } = context;
    const device = deviceName('m', context);
    const sibling = deviceName('v', context);
    const fd = FIRST_DESCRIPTOR + context.index;
    const { vhost, notes } = decideVhost(choice, context.facts);
    const beside = mode === 'bridge' && wanted;
    // Two macvlans cannot share a MAC with the device below.
    const host2End = beside ? endBesideWire(wire) : wire.host2;
    const reach = l2Reach(context);
    const crossed = wireProof(wire);
    return {
      steps: [
        deviceUp(wire.host2.device),
        {
          on: HOST2,
          do: [
            ...['ip', 'link', 'add', 'link', wire.host2.device, 'name', device],
            ...['address', context.guestMac, 'type', 'macvtap', 'mode', mode],
          ],
          undo: ['ip', 'link', 'del', device],
        },
        deviceUp(device),
        // The device knows no groups of the guest's, and would keep neighbour discovery and all multicast from it.
        {
          on: HOST2,
          do: ['ip', 'link', 'set', device, 'allmulticast', 'on'],
          undo: null,
        },
        // A macvtap never talks to the device below it; a macvlan beside it is how host2 is reached.
        ...(beside
          ? [
              {
                on: HOST2,
                do: [
                  ...['ip', 'link', 'add', 'link', wire.host2.device, 'name', sibling],
                  ...['address', host2End.mac, 'type', 'macvlan', 'mode', 'bridge'],
                ],
                undo: ['ip', 'link', 'del', sibling],
              },
              {
                on: HOST2,
                do: ['ip', 'address', 'add', `${wire.host2.address}/${wire.prefix}`, 'dev', sibling],
                undo: null,
              },
              { on: HOST2, do: ['ip', 'link', 'set', sibling, 'up'], undo: null },
            ]
          : mode === 'bridge'
            ? [
                {
                  on: HOST2,
                  do: [
                    ...['ip', 'address', 'add', `${wire.host2.address}/${wire.prefix}`],
                    ...['dev', wire.host2.device],
                  ],
                  undo: null,
                },
              ]
            : []),
      ],
      services: [],
      attachment: {
        kind: 'descriptor',
        open: { fd, host: HOST2, device, node: `${context.labDir}/${device}` },
        vhost,
      },
      nicOptions: nic,
      nic: l2Nic(context, host2End),
      reach:
        mode === 'bridge'
          ? reach
          : {
              ...reach,
              [GUEST_TO_HOST2]: {
                kind: 'unreachable',
                reason: `a macvtap in ${mode} mode does not reach its own host`,
                hint: 'use mode: bridge, where hoplab gives host2 a macvlan beside it',
              },
            },
      hops: [
        guestNicHop(context.guestMac),
        vmmHop(context, vhost),
        {
          name: 'macvtap',
          where: HOST2,
          device,
          // Its queue is the one below it: what the VMM writes is seen there alone.
          points: { toHost1: ['dev_queue', 'dev_xmit'], toGuest: [] },
        },
        ...wireHops(wire),
      ],
      proof: {
        ...crossed,
        [HOST1_TO_GUEST]: [...crossed[HOST1_TO_GUEST], { host: HOST2, device, requests: 'rx' }],
        [GUEST_TO_HOST2]: beside ? [{ host: HOST2, device: sibling, requests: 'rx' }] : [],
      },
      notes:
        beside || mode !== 'bridge'
          ? notes
          : [...notes, 'host2 has its address on the device below: guest and host2 do not reach each other'],
      cures: {
        'macvtap-isolation': [
          {
            what: 'give host2 a macvlan beside the macvtap, and its address to that',
            cost: 'one more device on the host',
            touches: 'machine',
            action: { kind: 'path', options: { mode: 'bridge', sibling: true } },
          },
        ],
        // In that mode it hands up every frame, whatever its MAC.
        ...(mode === 'passthru'
          ? {}
          : {
              'macvtap-mac': [
                {
                  what: 'give the device below to this guest alone (mode: passthru), which then gets every frame',
                  cost: 'nothing else can use that device: host2 is not reached, and no second macvtap fits on it',
                  touches: 'machine' as const,
                  action: { kind: 'path' as const, options: { mode: 'passthru' } },
                },
              ],
            }),
      },
    };
  },

  async attach(context, plan) {
    for (const step of plan.steps) await context.apply(step);
    if (plan.attachment.kind !== 'descriptor') throw new Error(`a macvtap with an attachment ${plan.attachment.kind}`);
    const { device, host, node, fd } = plan.attachment.open;
    // `ip netns exec` mounts the namespace's own /sys. The node's name carries the interface's index.
    const index = (await context.look(['cat', `/sys/class/net/${device}/ifindex`], host)).trim();
    const number = (await context.look(['cat', `/sys/class/net/${device}/tap${index}/dev`], host)).trim();
    const [major, minor] = number.split(':');
    if (major === undefined || minor === undefined) {
      throw new HoplabError({
        code: 'LAB_FAILED',
        message: `read the device number of macvtap ${device}: the kernel said "${number}"`,
      });
    }
    // An own node: /dev/tapN is in the global devtmpfs, and N repeats between network namespaces.
    await context.apply({ on: wholeMachine(HOST2), do: ['mknod', node, 'c', major, minor], undo: ['rm', '-f', node] });
    return { openFiles: [{ fd, path: node }] };
  },
};
