// SPDX-License-Identifier: GPL-2.0-only
/** Backend `ovs`: a tap of the guest's NIC and the wire as ports of an Open vSwitch of the path's own. */

import { z } from 'zod';
import { HoplabError } from '../../model/errors.ts';
import { HOST2 } from '../../model/place.ts';
import type { BackendPlan, Hop, MachineFacts } from '../../model/plan.ts';
import type { AttachContext, Backend } from '../backend.ts';
import {
  decideVhost,
  ETHTOOL,
  endBesideWire,
  guestNicHop,
  l2Nic,
  l2Reach,
  nicOption,
  TUN_DEVICE,
  tapHop,
  tapProof,
  vhostOption,
  vhostRequirements,
  vmmHop,
  wireHops,
} from '../common.ts';
import { type Datapath, ovsNames, planBridge, planPorts } from './bridge.ts';
import { chooseCure, curingNic, curingNotes, curingSteps, OWN_CURE } from './cure.ts';
import { LIST_PORTS, planDaemons, planDatabase, vsctlOf } from './daemons.ts';
import { explain, refusedPort } from './faults.ts';
import { observeOvs } from './observe.ts';

const fields = z.strictObject({
  datapath: z
    .enum(['netdev', 'system', 'auto'])
    .default('netdev')
    .describe('netdev: in ovs-vswitchd itself; system: in the kernel; auto = system where the kernel has it'),
  portType: z
    .enum(['system', 'afxdp', 'dpdk'])
    .default('system')
    .describe('What the wire is to the netdev datapath: a packet socket, an AF_XDP socket, a device of DPDK'),
  flows: z
    .array(z.string().min(1))
    .default([])
    .describe('OpenFlow rules as ovs-ofctl(8) writes them; port 1 is the tap, port 2 the wire; none: a plain switch'),
  cure: z
    .boolean()
    .default(true)
    .describe('Keep checksums right on the netdev datapath; false shows how TCP and UDP fail without'),
  vhost: vhostOption,
  nic: nicOption,
});

const options = fields.refine(({ datapath, portType }) => datapath !== 'system' || portType === 'system', {
  error: 'other types of ports are those of the netdev datapath: set `datapath: netdev`',
  path: ['portType'],
});

type Options = z.infer<typeof options>;

/** OVS's words; plain afxdp would poll without a pause, on the CPU that the VMM's main loop needs. */
const PORT_TYPES = { system: 'system', afxdp: 'afxdp-nonpmd', dpdk: 'dpdk' } as const;

const PACKAGE = 'openvswitch-switch';

export const ovs: Backend<Options> = {
  kind: 'ovs',
  summary: 'tap + Open vSwitch, started for the path alone; userspace datapath by default',
  options,
  guest: true,

  requires: ({ datapath, portType, cure, vhost }) => [
    TUN_DEVICE,
    ...['ovs-vswitchd', 'ovsdb-server', 'ovsdb-tool', 'ovs-vsctl', 'ovs-ofctl', 'ovs-appctl'].map(
      (name) => ({ kind: 'tool', name, package: PACKAGE, minimum: null }) as const,
    ),
    ...(portType !== 'system' && cure ? [ETHTOOL] : []),
    ...(datapath === 'system' ? [{ kind: 'module', module: 'openvswitch' } as const] : []),
    ...vhostRequirements(vhost),
  ],

  plan(context, { datapath: choice, portType, flows, cure: wanted, vhost: vhostChoice, nic }) {
    const { wire } = context;
    const names = ovsNames(context);
    const datapath = portType === 'system' ? decideDatapath(choice, context.facts) : 'netdev';
    const { vhost, notes } = decideVhost(vhostChoice, context.facts);
    const cure = chooseCure({ datapath, packetSocket: portType === 'system', wanted });
    const cureNotes = curingNotes(cure, datapath);
    const bridgeEnd = endBesideWire(wire);
    return {
      steps: [...planPorts(names, wire), ...curingSteps(cure, wire), ...planDatabase(names.place)],
      services: planDaemons(names.place, {
        checksums: cure === 'switch',
        bridge: planBridge({ names, datapath, wireType: PORT_TYPES[portType], flows, wire, bridgeEnd }),
      }),
      attachment: { kind: 'tap', device: names.tap, vhost },
      nicOptions: curingNic(cure, nic),
      nic: l2Nic(context, bridgeEnd),
      reach: l2Reach(context),
      hops: [
        guestNicHop(context.guestMac),
        vmmHop(context, vhost),
        tapHop(names.tap),
        switchHop(context.path, datapath),
        ...wireHops(wire),
      ],
      proof: tapProof(names.tap, wire, [{ host: HOST2, device: names.bridge, requests: 'rx' }]),
      notes: [...datapathNotes(choice, datapath), ...cureNotes, ...notes],
      warnings: cureNotes,
      ...(datapath === 'netdev' && !wanted ? { cures: { 'partial-checksum-lost': [OWN_CURE] } } : {}),
    };
  },

  uncured: (options) => ({ ...options, cure: false }),

  async attach(context, plan) {
    for (const step of plan.steps) await context.apply(step);
    try {
      for (const service of plan.services) await context.serve(service);
    } catch (error) {
      throw explain(error, plan);
    }
    await checkPorts(context, plan);
    return { openFiles: [] };
  },

  observe: observeOvs,
};

/** In ovs-vswitchd a thread of its own receives and sends; in the kernel it is part of the softirq that received. */
function switchHop(path: string, datapath: Datapath): Hop {
  if (datapath === 'system') return { name: 'switch', where: HOST2, device: 'openvswitch' };
  const forwarded = ['waking', 'switch_in', 'vmm_in', 'vmm_out'];
  const points = { toHost1: forwarded, toGuest: forwarded };
  return { name: 'switch', where: HOST2, device: 'ovs-vswitchd', service: `ovs-vswitchd-${path}`, points };
}

function decideDatapath(choice: Options['datapath'], { openvswitch = false }: MachineFacts): Datapath {
  if (choice !== 'auto') return choice;
  return openvswitch ? 'system' : 'netdev';
}

function datapathNotes(choice: Options['datapath'], datapath: Datapath): string[] {
  if (choice !== 'auto' || datapath === 'system') return [];
  return ['datapath netdev: this kernel has no openvswitch module'];
}

/** Throws LAB_FAILED for a port that Open vSwitch did not take, with the types that this build has. */
async function checkPorts(context: AttachContext, plan: BackendPlan): Promise<void> {
  const refused = refusedPort(await context.look(vsctlOf(plan, ...LIST_PORTS)));
  if (refused === null) return;
  const types = (await context.look(vsctlOf(plan, 'get', 'Open_vSwitch', '.', 'iface_types'))).trim();
  const { name, type, error } = refused;
  throw new HoplabError({
    code: 'LAB_FAILED',
    message: `add port ${name} of type ${type} to Open vSwitch: ${error}; the types of this build are ${types}`,
    hint: `logs/${plan.services.at(-1)?.name}.log of the run has what it tried; docs/backends/ovs.md says what each type needs`,
  });
}
