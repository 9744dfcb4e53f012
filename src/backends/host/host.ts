// SPDX-License-Identifier: GPL-2.0-only
/** Backend `host`: host2 to host1 over a wire, without a guest. It is the floor of every other path. */

import { z } from 'zod';
import { GUEST_TO_HOST1, GUEST_TO_HOST2, HOST1, HOST1_TO_GUEST, HOST2 } from '../../model/place.ts';
import type { Backend } from '../backend.ts';
import { reach, wireEndUp, wireHops, wireProof } from '../common.ts';

const options = z.strictObject({});

export const host: Backend<z.infer<typeof options>> = {
  kind: 'host',
  summary: 'host2 to host1 over the wire, no guest: the floor',
  options,
  guest: false,

  requires: () => [],

  plan: ({ wire }) => ({
    steps: wireEndUp(wire),
    services: [],
    attachment: { kind: 'none' },
    nicOptions: {},
    nic: null,
    reach: {
      [GUEST_TO_HOST1]: reach(HOST2, HOST1, wire.host1.address),
      [HOST1_TO_GUEST]: reach(HOST1, HOST2, wire.host2.address),
      [GUEST_TO_HOST2]: {
        kind: 'unreachable',
        reason: 'host has no guest: host2 to itself is its loopback, not a floor of a path',
        hint: 'compare the guest paths with each other, or measure --direction guest-to-host1',
      },
    },
    hops: wireHops(wire),
    proof: { ...wireProof(wire), [GUEST_TO_HOST2]: [] },
    notes: [],
  }),

  attach: async (context, plan) => {
    for (const step of plan.steps) await context.apply(step);
    return { openFiles: [] };
  },
};
