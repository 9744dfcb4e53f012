/** Backend `host`: host2 to host1 over a wire, without a guest. It is the floor of every other path. */
import { z } from 'zod';
import type { Backend } from '../backend.ts';
import { reach, wireHops } from '../common.ts';

const options = z.strictObject({});

export const host: Backend<z.infer<typeof options>> = {
  kind: 'host',
  summary: 'host2 to host1 over the wire, no guest: the floor',
  options,
  guest: false,

  requires: () => [],

  plan: ({ wire }) => ({
    steps: [
      {
        do: ['ip', '-n', 'host2', 'address', 'add', `${wire.host2.address}/${wire.prefix}`, 'dev', wire.host2.device],
        undo: ['ip', '-n', 'host2', 'address', 'del', `${wire.host2.address}/${wire.prefix}`, 'dev', wire.host2.device],
      },
      {
        do: ['ip', '-n', 'host2', 'link', 'set', wire.host2.device, 'up'],
        undo: ['ip', '-n', 'host2', 'link', 'set', wire.host2.device, 'down'],
      },
    ],
    services: [],
    attachment: { kind: 'none' },
    nicOptions: {},
    nic: null,
    reach: {
      'guest-to-host1': reach('host2', 'host1', wire.host1.address),
      'host1-to-guest': reach('host1', 'host2', wire.host2.address),
      'guest-to-host2': {
        kind: 'unreachable',
        reason: 'host has no guest: host2 to itself is its loopback, not a floor of a path',
        hint: 'compare the guest paths with each other, or measure --direction guest-to-host1',
      },
    },
    hops: wireHops(wire),
    proof: {
      'guest-to-host1': [
        { host: 'host2', device: wire.host2.device, requests: 'tx' },
        { host: 'host1', device: wire.host1.device, requests: 'rx' },
      ],
      'host1-to-guest': [
        { host: 'host1', device: wire.host1.device, requests: 'tx' },
        { host: 'host2', device: wire.host2.device, requests: 'rx' },
      ],
      'guest-to-host2': [],
    },
    notes: [],
  }),

  attach: async (context, plan) => {
    for (const step of plan.steps) await context.apply(step);
    return { openFiles: [] };
  },
};
