// SPDX-License-Identifier: GPL-2.0-only
/** Writes a lab file that lists every key with its description and default, all but the paths commented out. */
import { stringify } from 'yaml';
import type { Backend } from '../backends/backend.ts';
import { branches, type JsonSchema } from '../schema/json-schema.ts';
import { labJsonSchema } from './lab-json-schema.ts';

const SCHEMA_URL = 'schema/lab.schema.json';
const WIDTH = 100;

/** `schemaPath` is where editors find schema/lab.schema.json from the file. */
export function labTemplate(backends: readonly Backend[], schemaPath: string = SCHEMA_URL): string {
  const schema = labJsonSchema(backends);
  const section = (name: string) => objectOf(schema.properties?.[name]);
  return `${[
    `# yaml-language-server: $schema=${schemaPath}`,
    '## A lab of hoplab: what is measured, and how. Keys behind one # show their default, or an example of a value;',
    '## take the # away to change them. docs/lab-file.md says more.',
    '',
    ...keyLines('name', schema.properties?.name, ''),
    '',
    ...comment(schema.properties?.paths?.description, ''),
    'paths:',
    ...backends.flatMap((backend) => pathLines(backend, schema)),
    '',
    ...keyLines('wire', schema.properties?.wire, ''),
    '',
    ...comment(schema.properties?.probes?.description, ''),
    '# probes:',
    ...probeLines(objectOf(schema.properties?.probes)),
    ...['guest', 'machines', 'compare', 'scheduling'].flatMap((name) => sectionLines(name, schema, section(name))),
    '',
    ...keyLines('seed', schema.properties?.seed, ''),
  ].join('\n')}\n`;
}

/** The object (or the list's entry) among the alternatives of an optional section. */
export function objectOf(node: JsonSchema | undefined): JsonSchema {
  const found = node === undefined ? [] : branches(node);
  return (
    found.map((each) => (each.type === 'array' ? (each.items ?? {}) : each)).find(({ properties }) => properties) ?? {}
  );
}

function sectionLines(name: string, schema: JsonSchema, section: JsonSchema): string[] {
  const keys = Object.entries(section.properties ?? {});
  return [
    '',
    ...comment(schema.properties?.[name]?.description, ''),
    `# ${name}:`,
    ...keys.flatMap(([key, node]) => keyLines(key, node, '  ')),
  ];
}

function pathLines({ kind, summary, named }: Backend, schema: JsonSchema): string[] {
  const paths = objectOf(schema.properties?.paths).properties;
  const options = Object.entries(objectOf(paths?.[kind]).properties ?? {});
  const own = options.filter(([key]) => key !== 'backend' && key !== 'wire');
  return [
    `  ## ${summary}`,
    // What takes something of the machine is in a lab only where a user says so.
    `${named ? '# ' : '  '}${named ? '  ' : ''}${kind}:${own.length === 0 ? ' {}' : ''}`,
    ...own.flatMap(([key, node]) => keyLines(key, node, '    ')),
  ];
}

function probeLines(probe: JsonSchema): string[] {
  const keys = Object.entries(probe.properties ?? {}).filter(([key]) => key !== 'protocol');
  return [
    '#   - protocol: tcp_rr',
    ...keys.flatMap(([key, node]) => keyLines(key, node, '    ')),
    '#   - {protocol: tcp_rr, pace: 10ms}',
  ];
}

/** A key commented out behind one #, its description above it behind two: who takes the single ones away has a lab file. */
function keyLines(key: string, node: JsonSchema | undefined, indent: string): string[] {
  const value = node?.default ?? node?.examples?.[0];
  const shown = value === undefined ? '' : ` ${stringify(value, { collectionStyle: 'flow' }).trim()}`;
  return [...comment(node?.description, indent), `# ${indent}${key}:${shown}`];
}

function comment(text: string | undefined, indent: string): string[] {
  const lines: string[] = [];
  for (const word of (text ?? '').split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else if (word !== '') lines.push(`##${indent} ${word}`);
  }
  return lines;
}
