// SPDX-License-Identifier: GPL-2.0-only
/** How much of a path is traced. */

export const TRACE_PROFILES = ['full', 'light', 'slow'] as const;
/** full = every point of the hops; light = three of them; slow = full, and what else ran on the CPUs. */
export type TraceProfile = (typeof TRACE_PROFILES)[number];
