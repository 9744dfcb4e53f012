// SPDX-License-Identifier: GPL-2.0-only
/** The units of what probes measure. */

/** Of what is carried in a time. */
export const RATE_UNITS = ['bit/s', 'packets/s'] as const;
type RateUnit = (typeof RATE_UNITS)[number];

/** ns: the time that something takes. */
export type Unit = 'ns' | RateUnit;
