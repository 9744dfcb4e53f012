// SPDX-License-Identifier: GPL-2.0-only
/** Backend `passthrough`: a NIC of this machine, or a virtual function of one, given to the guest as it is. */
import { z } from 'zod';
import { GUEST_TO_HOST1, GUEST_TO_HOST2, HOST1, HOST1_TO_GUEST } from '../../model/place.ts';
import type { CardFacts, MachineFacts, Step, Wire } from '../../model/plan.ts';
import type { Backend } from '../backend.ts';
import { l2Nic, l2Reach, wireHops } from '../common.ts';

const options = z.strictObject({
  nic: z
    .string()
    .min(1)
    .optional()
    .describe('The NIC, by an interface of it (eth2) or its address on the PCI bus; `hoplab nic` lists them')
    .meta({ examples: ['eth2'] }),
  pci: z
    .string()
    .regex(/^([0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i, 'must be an address on the PCI bus: 0000:01:00.0')
    .optional()
    .describe('The NIC by its address alone, in place of `nic`')
    .meta({ examples: ['0000:01:00.0'] }),
  vf: z
    .boolean()
    .default(false)
    .describe('Make a virtual function of the NIC and give that to the guest; the NIC stays with this machine'),
  peer: z
    .string()
    .min(1)
    .optional()
    .describe("The NIC at the other end of the cable, where it is in this machine too: it is host1's end")
    .meta({ examples: ['eth3'] }),
  driver: z
    .string()
    .min(1)
    .optional()
    .describe("The guest's module for it, where it is not that of this machine")
    .meta({ examples: ['igbvf'] }),
});
type Options = z.infer<typeof options>;

/** The module for virtual functions, by the module for the NIC, where they are two. */
const FUNCTION_DRIVERS: Readonly<Record<string, string>> = {
  igb: 'igbvf',
  ixgbe: 'ixgbevf',
  i40e: 'iavf',
  ice: 'iavf',
};
/** Named by a plan that knows of no such NIC; it is refused before anything is done. */
const UNKNOWN = '0000:00:00.0';

const NO_RESET =
  'the NIC has no reset, and cannot be given to a running guest twice: each draw boots the guest anew, so that what differs between two boots is in the interval';

const wordOf = ({ nic, pci }: Options): string | null => pci ?? nic ?? null;

export const passthrough: Backend<Options> = {
  kind: 'passthrough',
  summary: 'a NIC of this machine, or a virtual function of one, in the guest (VFIO); its cable is the wire',
  options,
  guest: true,
  named: true,

  requires: (chosen) => [
    { kind: 'nic', nic: wordOf(chosen), use: chosen.vf ? 'function' : 'whole' },
    ...(chosen.peer === undefined ? [] : [{ kind: 'nic', nic: chosen.peer, use: 'end' } as const]),
    { kind: 'tool', name: 'modprobe', package: 'kmod', minimum: null },
  ],

  plan(context, chosen) {
    const { wire } = context;
    const word = wordOf(chosen);
    const card = cardOf(context.facts, word);
    const mac = chosen.vf ? context.guestMac : (card?.interfaces[0]?.mac ?? context.guestMac);
    const address = (chosen.vf ? card?.firstFunction : card?.address) ?? chosen.pci ?? UNKNOWN;
    const module = chosen.driver ?? moduleOf(card, chosen.vf);
    // A function that is yet to be made can: SR-IOV asks it of every one.
    const resets = chosen.vf || card === null || card.resets;
    const needs = { ...(module === null ? {} : { modules: [module] }), ...(resets ? {} : { atBoot: true as const }) };
    const shared = { ...context, guestMac: mac };
    const far = wireHops(wire)[1];
    return {
      ...(chosen.peer === undefined ? {} : { ownCable: true as const }),
      steps: chosen.peer === undefined ? [] : endUp(wire),
      services: [],
      device: {
        ...{ nic: word ?? address, address, ...(chosen.vf ? { functionMac: mac } : {}) },
        ...(chosen.peer === undefined ? {} : { end: { nic: chosen.peer, device: wire.host1.device } }),
      },
      attachment: { kind: 'device', address },
      ...(module === null && resets ? {} : { needs }),
      ...(resets ? {} : { warnings: [NO_RESET] }),
      nicOptions: {},
      nic: { ...l2Nic(shared, wire.host2), neighbours: [{ address: wire.host1.address, mac: wire.host1.mac }] },
      reach: {
        ...l2Reach(shared),
        [GUEST_TO_HOST2]: {
          kind: 'unreachable',
          reason: 'the NIC is the guest’s alone: host2 has no end of this wire',
          hint: 'measure host2 over another path, such as tap',
        },
      },
      hops: [
        {
          name: 'guest NIC',
          where: 'guest',
          device: mac,
          points: { toHost1: ['dev_queue', 'dev_xmit'], toGuest: ['netif_receive'] },
        },
        far,
      ],
      proof: {
        [GUEST_TO_HOST1]: [{ host: HOST1, device: wire.host1.device, requests: 'rx' }],
        [HOST1_TO_GUEST]: [{ host: HOST1, device: wire.host1.device, requests: 'tx' }],
        [GUEST_TO_HOST2]: [],
      },
      notes: [
        chosen.vf
          ? `a virtual function of ${word ?? 'a NIC'} is made (${address}, MAC ${mac}) and given to vfio-pci; the number goes back at the end`
          : `${word ?? 'a NIC'} (${address}) goes from its driver to vfio-pci, and back at the end`,
        ...(chosen.peer === undefined
          ? []
          : [`${chosen.peer} goes to host1 as ${wire.host1.device}, and comes back at the end`]),
        'all that is changed is written down first: hoplab gc gives it back where this process cannot',
      ],
    };
  },

  async attach(context, plan) {
    const { device } = plan;
    if (device === undefined) throw new Error('a plan of passthrough without a device');
    await context.assign(device);
    for (const step of plan.steps) await context.apply(step);
    const warning = `NIC ${device.nic} was the guest's for the run: logs/nic-*.log has what was changed, and what was given back`;
    return { openFiles: [], warnings: [warning] };
  },
};

/** host1's end, as a wire makes it. */
function endUp({ host1, prefix }: Wire): readonly Step[] {
  const link = ['ip', 'link', 'set', host1.device];
  return [
    { on: HOST1, do: [...link, 'address', host1.mac], undo: null },
    { on: HOST1, do: ['ip', 'address', 'add', `${host1.address}/${prefix}`, 'dev', host1.device], undo: null },
    { on: HOST1, do: [...link, 'up'], undo: [...link, 'down'] },
  ];
}

function cardOf({ nics = [] }: MachineFacts, word: string | null): CardFacts | null {
  if (word === null) return null;
  const whole = /^[0-9a-f]{2}:/i.test(word) ? `0000:${word}` : word;
  const named = nics.find(({ interfaces }) => interfaces.some(({ name }) => name === word));
  return nics.find(({ address }) => address === whole.toLowerCase()) ?? named ?? null;
}

function moduleOf(card: CardFacts | null, vf: boolean): string | null {
  if (card === null) return null;
  const parent = vf ? card.driver : card.physicalDriver;
  if (parent !== null) return FUNCTION_DRIVERS[parent] ?? parent;
  return card.driver === 'virtio-pci' ? null : card.driver;
}
