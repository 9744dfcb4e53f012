// SPDX-License-Identifier: GPL-2.0-only
/** The line under the table: what machine, kernel, guest and scheduling this was. */
import { z } from 'zod';
import type { Shape } from './shape.ts';

const text = z.string();

export const machineSchema = z.object({
  hostname: text,
  cpu: text,
  cpus: z.number().int().nonnegative(),
  kernel: text,
  qemu: text.nullable(),
  guestKernel: text.nullable(),
  accel: text.nullable(),
  scheduling: text.describe('What was granted, not what was asked for.'),
});
export type MachineLine = Shape<typeof machineSchema>;
