// SPDX-License-Identifier: GPL-2.0-only
/** The lab file's schema as JSON schema: for editors, for the documentation, and to know which keys exist where. */
import { z } from 'zod';
import type { Backend } from '../backends/backend.ts';
import type { KeyPath } from '../schema/file-problem.ts';
import { branches, type JsonSchema, knownKeys } from '../schema/json-schema.ts';
import { valueAt } from '../schema/schema-issues.ts';
import { labSchema } from './lab-schema.ts';

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

/** The keys that may stand at `path` in a lab file with these values: those of a path are its backend's. */
export function knownLabKeys(schema: JsonSchema, path: KeyPath, input: unknown): string[] {
  const backend = path[0] === 'paths' ? valueAt(input, [...path.slice(0, 2), 'backend']) : undefined;
  return knownKeys(schema, path, (nodes, depth) => {
    if (depth !== 1 || typeof backend !== 'string') return nodes;
    const same = nodes.flatMap(branches).filter((node) => node.properties?.backend?.const === backend);
    return same.length > 0 ? same : nodes;
  });
}
