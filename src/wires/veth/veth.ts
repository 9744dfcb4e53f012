// SPDX-License-Identifier: GPL-2.0-only
/** Wire `veth`: a pair of virtual Ethernet devices, an end in each host's network namespace. */
import { HOST1, HOST2, wholeMachine } from '../../model/place.ts';
import { areOneMachine } from '../../model/plan.ts';
import type { WireKind } from '../wire.ts';

export const veth: WireKind = {
  kind: 'veth',
  summary: 'a veth pair between two network namespaces of this machine: frames whole, with offloads, at memory speed',
  requires: [{ kind: 'link-type', type: 'veth', module: 'veth' }],

  misfit: (machines) => (areOneMachine(machines) ? null : 'both ends of a veth pair are on one machine'),

  plan({ host1, host2, prefix }) {
    return [
      {
        on: wholeMachine(HOST2),
        do: [
          ...['ip', 'link', 'add', host1.device, 'netns', HOST1, 'address', host1.mac, 'type', 'veth'],
          ...['peer', 'name', host2.device, 'netns', HOST2, 'address', host2.mac],
        ],
        // The other end goes with it.
        undo: ['ip', '-n', HOST1, 'link', 'del', host1.device],
      },
      {
        on: HOST1,
        do: ['ip', 'address', 'add', `${host1.address}/${prefix}`, 'dev', host1.device],
        undo: null,
      },
      { on: HOST1, do: ['ip', 'link', 'set', host1.device, 'up'], undo: null },
    ];
  },
};
