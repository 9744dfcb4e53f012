// SPDX-License-Identifier: GPL-2.0-only
/** A network card of this machine, as sysfs and the routes tell it, with what was checked before it could be a guest's. */
import { z } from 'zod';
import type { Shape } from '../model/shape.ts';

const count = z.number().int().nonnegative();

const checkSchema = z.object({
  what: z.string(),
  verdict: z
    .enum(['met', 'warning', 'failed'])
    .describe('One that failed keeps the NIC from being passed through; a warning does not.'),
  found: z.string(),
  source: z.string().describe('The file, folder or command that tells it.'),
  hint: z.string().describe('What would change it; empty = nothing needs to be changed, or could be.'),
});
export type Check = Shape<typeof checkSchema>;

const interfaceSchema = z.object({
  name: z.string(),
  mac: z.string(),
  state: z.string().describe("The kernel's operstate."),
});

const pciFunctionSchema = z.object({
  address: z.string(),
  class: z.string().describe('As the device has it: "0x020000".'),
  driver: z.string().nullable(),
});
export type PciFunction = Shape<typeof pciFunctionSchema>;

const useSchema = z.object({
  what: z.string().describe('"address 192.0.2.7/24", "master br0".'),
  device: z.string().describe('The interface that has it: one of the NIC, or one above it.'),
});
export type Use = Shape<typeof useSchema>;

const nicSchema = z.object({
  name: z.string().describe('Its first interface, or its address on the bus where it has none here.'),
  address: z.string().describe('On its bus: "0000:01:00.0".'),
  bus: z.string().describe('"pci", "platform", "usb", "fsl-mc", ...'),
  driver: z.string().nullable(),
  interfaces: z.array(interfaceSchema),
  group: z
    .object({
      number: z.string(),
      type: z.string(),
      members: z.array(pciFunctionSchema),
      reserved: z.array(z.string()),
    })
    .nullable()
    .describe('Its IOMMU group.'),
  sriov: z
    .object({ total: count, current: count, functions: z.array(pciFunctionSchema) })
    .nullable()
    .describe('What virtual functions it offers and has; null = none.'),
  physical: z.string().nullable().describe('The NIC that it is a virtual function of.'),
  resetMethods: z.array(z.string()),
  link: z.string().describe('Speed and width as the bus has them; empty where it does not tell.'),
  numaNode: z.number().int().nullable(),
  class: z.string().describe("PCI's class of the device; empty for another bus."),
  uses: z.array(useSchema).describe('What of this machine uses it.'),
});
/** A NIC as it was found, before anything was judged. */
export type Nic = Shape<typeof nicSchema>;

const judgedSchema = nicSchema.extend({
  checks: z.array(checkSchema),
  possible: z.boolean().describe('Whether it can be passed through as a whole.'),
  because: z.string().describe('Why not; empty where it can.'),
});
export type JudgedNic = Shape<typeof judgedSchema>;

const nicReportSchema = z.object({
  schema: z.literal(1),
  machine: z.array(checkSchema).describe('What must be so for any NIC of the machine.'),
  nics: z.array(judgedSchema),
});
/** What `hoplab nic` finds. */
export type NicReport = Shape<typeof nicReportSchema>;

/** The content of schema/nic.schema.json. */
export function nicJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(nicReportSchema, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify({ $schema, title: 'The NICs of a machine (hoplab nic --json)', ...schema }, null, 2)}\n`;
}
