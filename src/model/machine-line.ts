// SPDX-License-Identifier: GPL-2.0-only
/** The line under the table: what machine, kernel, guest and scheduling this was. */
import { z } from 'zod';
import { VMM_KEY } from './recorded-words.ts';
import type { Shape } from './shape.ts';

const text = z.string();

export const machineSchema = z.object({
  hostname: text,
  cpu: text,
  cpus: z.number().int().nonnegative(),
  kernel: text,
  [VMM_KEY]: text.nullable().describe('Version of the VMM.'),
  vmm: text.exactOptional().describe('Name of the VMM, where it is not the first that hoplab has.'),
  guestKernel: text.nullable(),
  accel: text.nullable(),
  scheduling: text.describe('What was granted, not what was asked for.'),
});
export type MachineLine = Shape<typeof machineSchema>;
