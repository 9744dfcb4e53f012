// SPDX-License-Identifier: GPL-2.0-only
/** The options of backend `ebpf`. */
import { z } from 'zod';
import { nicOption, vhostOption } from '../common.ts';

/** Highest VLAN that a frame can belong to: 0 is none and 4095 is reserved (802.1Q 9.6). */
const MAX_VLAN = 4094;

/** any, access:V or trunk:LIST[:native:V], as hoplab-bridge reads it. */
const vlanOption = z
  .string()
  .regex(/^(any|access:\d+|trunk:\d+(-\d+)?(,\d+(-\d+)?)*(:native:\d+)?)$/, {
    error: 'must be any, access:V, or trunk:LIST with or without :native:V, as in trunk:10,20-29:native:1',
  })
  .refine((text) => (text.match(/\d+/g) ?? []).every((vlan) => Number(vlan) >= 1 && Number(vlan) <= MAX_VLAN), {
    error: `a VLAN is a number from 1 to ${MAX_VLAN}`,
  })
  .default('any');

export const options = z.strictObject({
  mode: z
    .enum(['auto', 'native', 'generic', 'tc'])
    .default('auto')
    .describe(
      'native: XDP in the driver; generic: XDP on sk_buffs; tc: behind tc, on sk_buffs; auto = native where driver and wire allow it, else tc',
    ),
  checksum: z
    .enum(['complete', 'leave'])
    .default('complete')
    .describe(
      'complete: finish the partial checksums of frames that come in natively; leave shows how TCP and UDP fail',
    ),
  vlan: vlanOption.describe(
    "The VLANs of the guest's port and of host2's: any, access:V, or trunk:LIST[:native:V] with LIST as 10,20-29",
  ),
  wireVlan: vlanOption.describe("The VLANs of the wire's port, in the same words"),
  antiSpoof: z
    .union([z.boolean(), z.array(z.string().regex(/^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/)).min(1)])
    .default(false)
    .describe("Drop what the guest sends under another MAC than its NIC's, or than those of a list"),
  storm: z
    .int()
    .min(0)
    .max(1_000_000_000)
    .default(0)
    .describe('Flooded frames a second that the guest may cause; 0 = no limit'),
  fdbSize: z.int().min(16).max(4_194_304).default(4096).describe('Addresses that the bridge learns before it evicts'),
  ageing: z
    .int()
    .min(0)
    .max(1_000_000_000)
    .default(300)
    .describe('Seconds after which an address that was not seen is unknown again; 0 = never'),
  vhost: vhostOption,
  nic: nicOption,
});

export type Options = z.infer<typeof options>;
