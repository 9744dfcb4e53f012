// SPDX-License-Identifier: GPL-2.0-only
/** Hot-plug places of the machine: root ports rp0, rp1, ... */

/** pcie.0 has 32 places; the first three and the last belong to the machine. */
export const MAX_SLOTS = 27;

/** The bus of a hot-plug slot. */
export function slotBus(slot: number): string {
  return `rp${slot}`;
}
