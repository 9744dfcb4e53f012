// SPDX-License-Identifier: GPL-2.0-only
/** Writes docs/lab-file.md from the schema of the lab file. */
import { stringify } from 'yaml';
import type { Backend } from '../backends/backend.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { DURATION_PATTERN, MEMORY_PATTERN, SHARE_PATTERN, SIZE_PATTERN } from '../schema/quantity.ts';
import { labJsonSchema } from './lab-json-schema.ts';
import { objectOf } from './lab-template.ts';

const QUANTITIES: Readonly<Record<string, string>> = {
  [DURATION_PATTERN]: 'duration',
  [SIZE_PATTERN]: 'size',
  [MEMORY_PATTERN]: 'memory',
  [SHARE_PATTERN]: 'per cent',
};

const INTRODUCTION = `# The lab file

<!-- generated from the schema in src/config: change it there -->

A lab file says what \`hoplab run LABFILE\` measures. It is YAML; every key may be left out, and an empty file is the
same lab as none. \`hoplab init\` writes one with every key, and \`schema/lab.schema.json\` lets editors complete and check
it (\`# yaml-language-server: $schema=...\` in its first line).

\`\`\`yaml
name: two-taps
paths:
  host: {}
  tap: {}
  slow-tap: {backend: tap, extraBridges: 1}
probes:
  - {protocol: tcp_rr}
  - {protocol: udp_rr, request: 64, response: 64, pace: 1ms}
compare: {reference: tap, draws: 8, guests: 2}
\`\`\`

Options of the command line win over the file. What is wrong with a file is told in one go, with line, column, the key
and the nearest known word.

Quantities carry their unit: durations \`250us\`, \`10ms\`, \`1s\` (only \`0\` needs none), memory \`512MiB\`, shares \`1%\`. Sizes
are bytes, as \`64\` or \`16k\` (1024 bytes each).
`;

export function labFileDocs(backends: readonly Backend[]): string {
  const schema = labJsonSchema(backends);
  const top = schema.properties ?? {};
  const plain = Object.fromEntries(Object.entries(top).filter(([key]) => ['name', 'wire', 'seed'].includes(key)));
  const paths = objectOf(top.paths);
  return `${[
    INTRODUCTION,
    '## Top level\n',
    keyTable(plain),
    ...section('paths', top.paths, null),
    'Every path takes `wire` and `commands` beside the options of its backend. `wire` is the kind of its own wire, where it is not',
    'that of the others. `commands` are commands in the hosts `host1` and `host2`, run once the path',
    'is attached, to rebuild a set-up that is not the default one: `[{on: host2, run: [ip, link, set, b-tap, mtu, "1400"]}]`. No shell reads them, and what',
    'they change ends with the lab.\n',
    'A path under another name than its backend says which one it is: `fast: {backend: macvtap}`. Names are of `a-z`, `0-9` and',
    '`-`, at most 12 characters.\n',
    ...backends.flatMap(({ kind, summary }) => {
      const { backend: _, commands: __, wire: ___, ...options } = objectOf(paths.properties?.[kind]).properties ?? {};
      const none = Object.keys(options).length === 0;
      return [`### ${kind}\n`, `${summary}\n`, none ? 'No options.\n' : keyTable(options)];
    }),
    ...['probes', 'guest', 'machines', 'compare', 'scheduling'].flatMap((name) =>
      section(name, top[name], objectOf(top[name]).properties ?? {}),
    ),
  ].join('\n')}`;
}

function section(
  name: string,
  node: JsonSchema | undefined,
  keys: Readonly<Record<string, JsonSchema>> | null,
): string[] {
  return [`## ${name}\n`, `${node?.description ?? ''}\n`, ...(keys === null ? [] : [keyTable(keys)])];
}

function keyTable(keys: Readonly<Record<string, JsonSchema>>): string {
  const rows = Object.entries(keys).map(
    ([key, node]) => `| \`${key}\` | ${values(node)} | ${byDefault(node)} | ${cell(node.description ?? '')} |`,
  );
  return ['| key | values | default | |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function values(node: JsonSchema): string {
  const inner = node.anyOf ?? node.oneOf;
  if (inner !== undefined) return [...new Set(inner.map(values).filter((text) => text !== ''))].join(' or ');
  if (node.enum !== undefined) return node.enum.map((word) => `\`${String(word)}\``).join(', ');
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  const { minimum: low, maximum: high } = node;
  switch (node.type) {
    case 'integer':
      return low === undefined ? 'whole number' : high === undefined ? `from ${low}` : `${low} to ${high}`;
    case 'string':
      return QUANTITIES[node.pattern ?? ''] ?? 'word';
    case 'array':
      return 'list';
    case 'object':
      return node.properties === undefined ? 'map' : `{${Object.keys(node.properties).join(', ')}}`;
    default:
      return node.type ?? '';
  }
}

function byDefault({ default: value, examples }: JsonSchema): string {
  if (value !== undefined) return `\`${cell(flow(value))}\``;
  return examples?.[0] === undefined ? '' : `e.g. \`${flow(examples[0])}\``;
}

function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow' }).trim();
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
