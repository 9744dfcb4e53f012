// SPDX-License-Identifier: GPL-2.0-only
/** The keys of a lab file that choose a kind: of the hosts' machines, of wires, of the VMM. */
import { z } from 'zod';
import { machines } from '../machines/index.ts';
import { HOST1, HOST2 } from '../model/place.ts';
import { vmms } from '../vmms/index.ts';
import { wires } from '../wires/index.ts';

/** The kinds are those of the arrays at the time of the call. */
export function vmmSchema() {
  return chosenFrom(vmms).optional().describe('What boots the guest.').meta(exampleOf(vmms));
}

const wireOptions = z.record(z.string(), z.unknown());

/** A wire as it was chosen: its kind, and what that is told. */
export const chosenWireSchema = z.object({ kind: z.string(), options: wireOptions.optional() });
export type ChosenWire = z.output<typeof chosenWireSchema>;

export function wireSchema() {
  const description =
    'The kind of link between host1 and host2, of which every path has one for itself; with what the kind is told, as in ' +
    '`wire: {uplink: eth1}`.';
  const told = wires.flatMap(({ kind, options }) => (options === undefined ? [] : [[kind, options] as const]));
  const chosen: z.ZodType<ChosenWire> = z.union([
    chosenFrom(wires).transform((kind) => ({ kind })),
    ...told.map(([kind, options]) =>
      z.strictObject({ [kind]: options }).transform((file) => ({ kind, options: wireOptions.parse(file[kind]) })),
    ),
  ]);
  return chosen.superRefine(askForWire).optional().describe(description).meta(exampleOf(wires));
}

function askForWire({ kind, options }: ChosenWire, context: z.RefinementCtx): void {
  const wants = wires.find((wire) => wire.kind === kind)?.options;
  if (wants === undefined || options !== undefined) return;
  const message = `${kind} is told more, as in \`wire: {${kind}: VALUE}\`: ${wants.description ?? ''}`;
  context.addIssue({ code: 'custom', message });
}

export function machinesSchema() {
  return z.strictObject({
    [HOST1]: machineSchema('The machine of host1, the far end of every wire.'),
    [HOST2]: machineSchema('The machine of host2, which runs the guests.'),
  });
}

function machineSchema(description: string) {
  const keys = Object.fromEntries(
    machines.flatMap(({ options }) => Object.entries(options.shape).map(([key, schema]) => [key, optional(schema)])),
  );
  return z
    .strictObject({ kind: chosenFrom(machines), ...keys })
    .superRefine((file, context) => refuseForeignKeys(file, keys, context))
    .superRefine((file, context) => askForOwnKeys(file, context))
    .optional()
    .describe(description)
    .meta({ examples: machines.slice(0, 1).map(({ kind }) => ({ kind })) });
}

/** What one kind must be told, others have not. */
function optional(schema: z.core.$ZodType): z.ZodType {
  return z.optional(schema).meta(z.globalRegistry.get(schema) ?? {});
}

function askForOwnKeys(file: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  const { options } = machines.find(({ kind }) => kind === file.kind) ?? { options: z.object({}) };
  for (const [key, schema] of Object.entries(options.shape)) {
    if (file[key] !== undefined || z.safeParse(schema, undefined).success) continue;
    context.addIssue({ code: 'custom', path: [], message: `of kind ${file.kind} needs \`${key}\`` });
  }
}

/** A key of another kind would be read and then forgotten; one that has its default was not written. */
function refuseForeignKeys(
  file: Readonly<Record<string, unknown>>,
  keys: Readonly<Record<string, z.ZodType>>,
  context: z.RefinementCtx,
): void {
  for (const [key, schema] of Object.entries(keys)) {
    const owners = machines.filter(({ options }) => key in options.shape).map(({ kind }) => kind);
    if (owners.some((kind) => kind === file.kind) || file[key] === schema.safeParse(undefined).data) continue;
    const message = `is a key of ${owners.join(', ')}; ${file.kind} has none of it`;
    context.addIssue({ code: 'custom', path: [key], message });
  }
}

type Kinds = readonly { readonly kind: string }[];

function chosenFrom(kinds: Kinds) {
  return z.enum(kinds.map(({ kind }) => kind));
}

/** The first is what there is where none is named. */
function exampleOf(kinds: Kinds) {
  return { examples: kinds.slice(0, 1).map(({ kind }) => kind) };
}
