// SPDX-License-Identifier: GPL-2.0-only
/** A machine that runs a firmware and no operating system, in no VMM's words. */
import type { GuestArch } from '../guest/arch.ts';
import type { Requirement } from '../model/requirement.ts';

export const MEDIUM_BUSES = ['usb', 'virtio', 'nvme', 'sd'] as const;
export type MediumBus = (typeof MEDIUM_BUSES)[number];

export interface FirmwareMedium {
  readonly id: string;
  readonly image: string;
  readonly bus: MediumBus;
  /** Of USB: "1", or "2.1" behind the hub at port 2; absent = the next free one. */
  readonly port?: string;
  /** Of USB and NVMe; absent = its id. */
  readonly serial?: string;
}

export interface FirmwarePlan {
  /** Shown by ps: "hoplab-<name>". */
  readonly name: string;
  readonly arch: GuestArch;
  /** The file that the machine starts from. */
  readonly firmware: string;
  readonly media: readonly FirmwareMedium[];
  /** The controller, and the ports that have a hub. */
  readonly usb: { readonly controller: 'ehci' | 'xhci'; readonly hubs: readonly string[] };
  /** The folder that TFTP serves beside DHCP; null = no NIC. */
  readonly tftp: string | null;
}

/** How a VMM runs a firmware. Its console is the socket at fd 3. */
export interface FirmwareHost {
  /** Data; probed where a firmware is first asked for. */
  readonly requires: readonly Requirement[];
  /** What the largest file is that it starts from. */
  readonly flashBytes: number;
  /** Pure. */
  argv(plan: FirmwarePlan): readonly string[];
}
