// SPDX-License-Identifier: GPL-2.0-only
/** By what a trace takes its times, the best first. */
import { z } from 'zod';
import type { Shape } from './shape.ts';

export const MECHANISMS = ['bpf', 'tracefs', 'timestamping'] as const;
/**
 * bpf = programs at every point, which read the packet; tracefs = the kernel's own tracepoints, without programs;
 * timestamping = what the kernel stamps for the sockets of client and server (SO_TIMESTAMPING).
 */
export type TraceMechanism = (typeof MECHANISMS)[number];

export const MECHANISM_CHOICES = ['auto', ...MECHANISMS] as const;
/** auto = the best that works, on each machine by itself. */
export type MechanismChoice = (typeof MECHANISM_CHOICES)[number];

/** A better mechanism that was not used, and why. */
export const passedOverSchema = z.object({ mechanism: z.enum(MECHANISMS), why: z.string() });
export type PassedOver = Shape<typeof passedOverSchema>;
