// SPDX-License-Identifier: GPL-2.0-only
/** The JSON schema of a file: to know which keys exist where. */
import { z } from 'zod';
import type { KeyPath } from './file-problem.ts';

/** The part of JSON schema that zod writes for our files. */
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

/** Of what the file holds before defaults are filled in. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input' }))) as JsonSchema;
}

/** Chooses among the alternatives of a place by what the file holds there. */
export type Narrow = (nodes: readonly JsonSchema[], depth: number) => readonly JsonSchema[];

/** The keys that may stand at `path`. */
export function knownKeys(schema: JsonSchema, path: KeyPath, narrow: Narrow = (nodes) => nodes): string[] {
  let nodes: readonly JsonSchema[] = [schema];
  path.forEach((part, depth) => {
    nodes = narrow(
      nodes.flatMap((node) => branches(node).flatMap((branch) => child(branch, part))),
      depth,
    );
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
