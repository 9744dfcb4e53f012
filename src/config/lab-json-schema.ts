/** The lab file's schema as JSON schema: for editors, for the documentation, and to know which keys exist where. */
import { z } from 'zod';
import type { Backend } from '../backends/backend.ts';
import type { KeyPath } from './lab-problem.ts';
import { labSchema } from './lab-schema.ts';
import { valueAt } from './schema-issues.ts';

/** The part of JSON schema that zod writes for a lab file. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

export function labJsonSchema(backends: readonly Backend[]): JsonSchema {
  const schema = z.toJSONSchema(labSchema(backends), {
    io: 'input',
    // JSON schema has no safe-integer limits, and editors show them as if they meant something.
    override: ({ jsonSchema, zodSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      // zod leaves the examples of transformed values out, as they might be of the result; ours are of the input.
      const examples = zodSchema instanceof z.ZodType ? zodSchema.meta()?.examples : undefined;
      if (Array.isArray(examples)) jsonSchema.examples = examples;
      // The machine that generates the file must not show in it.
      if (jsonSchema.default === 'x86_64' || jsonSchema.default === 'aarch64') delete jsonSchema.default;
    },
  });
  const { $schema, ...rest } = schema;
  return JSON.parse(JSON.stringify({ $schema, title: 'hoplab lab file', ...rest })) as JsonSchema;
}

/** The keys that may stand at `path` in a file with these values. */
export function knownKeys(schema: JsonSchema, path: KeyPath, input: unknown): string[] {
  let nodes = [schema];
  path.forEach((part, depth) => {
    nodes = nodes.flatMap((node) => branches(node).flatMap((branch) => child(branch, part)));
    const backend = path[0] === 'paths' && depth === 1 ? valueAt(input, [...path.slice(0, 2), 'backend']) : undefined;
    if (typeof backend === 'string') {
      const same = nodes.flatMap(branches).filter((node) => node.properties?.backend?.const === backend);
      if (same.length > 0) nodes = same;
    }
  });
  return [...new Set(nodes.flatMap(branches).flatMap((node) => Object.keys(node.properties ?? {})))];
}

/** The alternatives of a node, itself when it has none. */
export function branches(node: JsonSchema): readonly JsonSchema[] {
  const inner = node.anyOf ?? node.oneOf;
  return inner === undefined ? [node] : inner.flatMap(branches);
}

function child(node: JsonSchema, part: string | number): JsonSchema[] {
  if (typeof part === 'number') return [node.items ?? {}];
  const named = node.properties?.[part];
  if (named !== undefined) return [named];
  return typeof node.additionalProperties === 'object' ? [node.additionalProperties] : [];
}
