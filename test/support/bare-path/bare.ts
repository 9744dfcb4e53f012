// SPDX-License-Identifier: GPL-2.0-only
/** A wire and a backend without devices, for machines without namespaces: the loopback carries the packets. */

import { z } from 'zod';
import type { Backend } from '../../../src/backends/backend.ts';
import { reach } from '../../../src/backends/common.ts';
import {
  GUEST_TO_HOST1,
  GUEST_TO_HOST2,
  HOST1,
  HOST1_TO_GUEST,
  HOST2,
  perDirection,
  wholeMachine,
} from '../../../src/model/place.ts';
import type { WireKind } from '../../../src/wires/wire.ts';

/** A file in the folder of each host. */
export const cord: WireKind = {
  kind: 'cord',
  summary: 'a file in the folder of each host, which carries nothing',
  requires: [],
  misfit: ({ host1, host2 }) =>
    [host1.kind, host2.kind].includes('netns') ? 'a cord is between folders, and a network namespace is none' : null,
  plan: ({ host1, host2 }) => [
    { on: HOST1, do: ['touch', host1.device], undo: ['rm', host1.device] },
    {
      on: wholeMachine(HOST2),
      do: ['ln', '-s', `../${HOST1}/${host1.device}`, `${HOST2}/${host2.device}`],
      undo: ['rm', `${HOST2}/${host2.device}`],
    },
  ],
};

export const bare = bareAt('127.0.0.1');

/** On another address of the loopback, so that two test files do not meet at their ports. */
export function bareAt(address: string): Backend {
  return {
    kind: 'bare',
    summary: 'host2 to host1 over the loopback of a machine',
    options: z.strictObject({}),
    guest: false,
    requires: () => [],
    plan: ({ wire }) => ({
      steps: [{ on: HOST2, do: ['test', '-L', wire.host2.device], undo: null }],
      services: [],
      attachment: { kind: 'none' },
      nicOptions: {},
      nic: null,
      reach: {
        [GUEST_TO_HOST1]: reach(HOST2, HOST1, address),
        [HOST1_TO_GUEST]: reach(HOST1, HOST2, address),
        [GUEST_TO_HOST2]: { kind: 'unreachable', reason: 'no guest', hint: 'none' },
      },
      hops: [],
      proof: perDirection(() => []),
      notes: [],
    }),
    attach: async (context, plan) => {
      for (const step of plan.steps) await context.apply(step);
      return { openFiles: [] };
    },
  };
}
