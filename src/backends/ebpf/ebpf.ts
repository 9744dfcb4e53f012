// SPDX-License-Identifier: GPL-2.0-only
/** Backend `ebpf`: a tap of the guest's NIC and the wire as ports of a learning bridge in eBPF. */
import { HOST2, perDirection } from '../../model/place.ts';
import type { Requirement } from '../../model/requirement.ts';
import type { Backend } from '../backend.ts';
import {
  decideVhost,
  ETHTOOL,
  endBesideWire,
  l2Nic,
  l2Reach,
  TUN_DEVICE,
  tapProof,
  vhostRequirements,
} from '../common.ts';
import { askBridge, bridgeNames, planDevices, planLoader } from './bridge.ts';
import { completingNotes, leavingWarnings } from './checksum.ts';
import { curesOf } from './cures.ts';
import { hopsOf } from './hops.ts';
import { observeBridge } from './observe.ts';
import { type Options, options } from './options.ts';
import { notesOf } from './status.ts';

/** tcx links, and kfuncs on the context of an XDP program. */
const KERNEL: Requirement = { kind: 'kernel', minimum: '6.6', btf: true };

const NO_OTHER_VLAN = { vlan: 'its ports carry the VLANs of its options alone' };
const NAMED_VLANS = perDirection(() => NO_OTHER_VLAN);

export const ebpf: Backend<Options> = {
  kind: 'ebpf',
  summary: 'tap + learning bridge in eBPF; XDP in the driver by default',
  options,
  guest: true,

  requires: ({ mode, vhost }) => [
    TUN_DEVICE,
    { kind: 'artifact', artifact: 'bpf' },
    KERNEL,
    ...(mode === 'tc' ? [] : [ETHTOOL]),
    ...vhostRequirements(vhost),
  ],

  plan(context, chosen) {
    const { wire } = context;
    const { mode, vhost: vhostChoice, nic } = chosen;
    const names = bridgeNames(context);
    const { vhost, notes } = decideVhost(vhostChoice, context.facts);
    const hostEnd = endBesideWire(wire);
    const fault = leavingWarnings(chosen);
    return {
      steps: planDevices(names, { wire, hostEnd, mode }),
      services: [planLoader({ names, context, options: chosen })],
      attachment: { kind: 'tap', device: names.tap, vhost },
      nicOptions: nic,
      nic: l2Nic(context, hostEnd),
      reach: l2Reach(context),
      hops: hopsOf({ guestMac: context.guestMac, wire, tap: names.tap, vmm: context.vmm, vhost, mode }),
      proof: tapProof(names.tap, wire, [
        { host: HOST2, device: names.hostPort, requests: 'tx' },
        { host: HOST2, device: names.hostDevice, requests: 'rx' },
      ]),
      notes: [...completingNotes(chosen), ...fault, ...notes],
      warnings: fault,
      ...(chosen.vlan === 'any' && chosen.wireVlan === 'any' ? {} : { notCarried: NAMED_VLANS }),
      cures: curesOf(chosen),
    };
  },

  uncured: (chosen) => ({ ...chosen, checksum: 'leave' }),

  async attach(context, plan) {
    for (const step of plan.steps) await context.apply(step);
    for (const service of plan.services) await context.serve(service);
    const status = await context.look(askBridge(plan, 'show'));
    return { openFiles: [], warnings: notesOf(status) };
  },

  observe: observeBridge,
};
