// SPDX-License-Identifier: GPL-2.0-only
/** Writes what the pages of the backends say of them, from the one array. */

import type { Backend } from '../../src/backends/backend.ts';
import { backends, usualBackends } from '../../src/backends/index.ts';
import { labFileDocs } from '../../src/config/lab-file-docs.ts';
import { overrideLab } from '../../src/config/lab-overrides.ts';
import { parseLabFile } from '../../src/config/parse-lab-file.ts';
import { defaultLabSpec } from '../../src/config/to-lab-spec.ts';
import { requirementsOf } from '../../src/lab/plan/needs.ts';
import { planLab } from '../../src/lab/plan/plan.ts';
import { renderPlan } from '../../src/lab/plan/render-plan.ts';
import { DIRECTIONS } from '../../src/model/place.ts';
import type { MachineFacts, PathPlan, Reach } from '../../src/model/plan.ts';
import type { Requirement } from '../../src/model/requirement.ts';
import { builtNatives } from '../../src/system/paths.ts';

const ARTIFACTS = {
  native: "hoplab's native parts",
  bpf: "hoplab's native parts with BPF (clang, libbpf)",
  'guest-kernel': "the guest's kernel",
} as const;

/** The pages show a machine without vhost-net: the note about it is then part of them. */
const FACTS: MachineFacts = {
  ...{ cpus: [0, 1], isolatedCpus: [], vhostNet: false, arch: 'x86_64' },
  nics: [
    {
      ...{ address: '0000:01:00.0', driver: 'e1000e', firstFunction: null, resets: true, physicalDriver: null },
      interfaces: [{ name: 'eth2', mac: '52:54:00:12:34:56' }],
    },
  ],
};

/** What `hoplab plan --only KIND --quick` plans; of a kind that must be named, a lab file that names it. */
export function plannedAlone(kind: string): { readonly path: PathPlan; readonly text: string } {
  const spec = usualBackends.some((one) => one.kind === kind)
    ? defaultLabSpec()
    : parseLabFile(`paths: {${kind}: {nic: eth2}}`, `${kind}.yaml`);
  const plan = planLab(overrideLab(spec, { only: [kind], effort: 'quick' }), FACTS, []);
  const [path] = plan.paths;
  if (path === undefined) throw new Error(`no path of ${kind}`);
  // hoplab's own tools by their names: where they lie is the reader's own cache.
  const text = renderPlan(plan, { argv: null, missing: '', emulated: true }).replaceAll(`${builtNatives()}/`, '');
  return { path, text };
}

/** The parts of a backend's page by the name of their marker. */
export function backendParts(backend: Backend): Readonly<Record<string, string>> {
  const { kind } = backend;
  const { path, text } = plannedAlone(kind);
  return {
    points: points(path),
    commands: commands(kind, text),
    options: options(kind),
    directions: directions(path),
    proof: proof(path),
    needs: needsOf(backend)
      .map((need) => `- ${need}`)
      .join('\n'),
  };
}

/** The table of all backends: what all need, and what all with a guest need, is said once below it. */
export function backendTable(): string {
  const byAll = shared(backends);
  const byGuests = shared(backends.filter(({ guest }) => guest)).filter((need) => !byAll.includes(need));
  const rows = backends.map((backend) => {
    const { kind, summary } = backend;
    const own = needsOf(backend).filter((need) => !byAll.includes(need) && !byGuests.includes(need));
    return `| [\`${kind}\`](${kind}.md) | ${summary} | ${own.join(', ') || '-'} |`;
  });
  return [
    '| backend | what it is | needs besides |',
    '|---|---|---|',
    ...rows,
    '',
    `All need ${byAll.join(', ')}; those with a guest also ${byGuests.join(', ')}.`,
  ].join('\n');
}

function shared(some: readonly Backend[]): string[] {
  const [first, ...others] = some.map(needsOf);
  return (first ?? []).filter((need) => others.every((needs) => needs.includes(need)));
}

function needsOf(backend: Backend): string[] {
  const needs = requirementsOf(backend, backend.options.parse({}));
  return needs.flatMap((need, i) => (isNamedBefore(need, needs[i - 1]) ? [] : [nameOf(need, needs.slice(i + 1))]));
}

/** The tools of one package are named together. */
function isNamedBefore(need: Requirement, before: Requirement | undefined): boolean {
  return need.kind === 'tool' && before?.kind === 'tool' && need.package === before.package;
}

function commands(kind: string, text: string): string {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`# path ${kind} `));
  const end = lines.indexOf('', start);
  const qmp = lines.filter((line) => line.startsWith('# QMP '));
  return ['```text', ...lines.slice(start, end), ...qmp, '```'].join('\n');
}

/** The table of docs/lab-file.md, so that both say the same. */
function options(kind: string): string {
  const sections = labFileDocs(backends).split(/^#{2,3} /m);
  const [, , table] =
    sections
      .find((section) => section.startsWith(`${kind}\n`))
      ?.trim()
      .split('\n\n') ?? [];
  if (table === undefined) throw new Error(`docs/lab-file.md has no options of ${kind}`);
  return table;
}

function points({ backendPlan }: PathPlan): string {
  const listed = (names: readonly string[] = []) =>
    names.length === 0 ? '-' : names.map((n) => `\`${n}\``).join(', ');
  const rows = backendPlan.hops.map(
    ({ name, where, points: seen }) => `| ${name} (${where}) | ${listed(seen?.toHost1)} | ${listed(seen?.toGuest)} |`,
  );
  return ['| hop | points of a trace towards host1 | and towards the guest |', '|---|---|---|', ...rows].join('\n');
}

function directions({ backendPlan }: PathPlan): string {
  const rows = DIRECTIONS.map((direction) => `| \`${direction}\` | ${way(backendPlan.reach[direction])} |`);
  return [
    '| direction | client | server listens on | client connects to | how |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function way(reach: Reach): string {
  if (reach.kind === 'unreachable') return `- | - | - | unreachable: ${reach.reason}`;
  return `${reach.client} | ${reach.server} ${reach.listen} | ${reach.connect} | ${reach.by ?? 'directly'}`;
}

function proof({ backendPlan }: PathPlan): string {
  const rows = DIRECTIONS.map((direction) => {
    const points = backendPlan.proof[direction].map(({ host, device, requests }) => `${host} ${device} (${requests})`);
    const nic = backendPlan.nic === null || points.length === 0 ? [] : ["the guest's NIC"];
    const all = direction === 'host1-to-guest' ? [...points, ...nic] : [...nic, ...points];
    return `| \`${direction}\` | ${all.join(', ') || '-'} |`;
  });
  return ['| direction | counters in the order of a request, and which of them it moves |', '|---|---|', ...rows].join(
    '\n',
  );
}

function nameOf(need: Requirement, following: readonly Requirement[]): string {
  switch (need.kind) {
    case 'tool': {
      const end = following.findIndex((next) => !isNamedBefore(next, need));
      const tools = [need, ...following.slice(0, end < 0 ? undefined : end)].filter((tool) => tool.kind === 'tool');
      const names = tools.map(({ name, minimum }) => `${name}${minimum === null ? '' : ` >= ${minimum}`}`);
      return `${names.join(', ')} (Debian: ${need.package})`;
    }
    case 'device':
      return `${need.path}${need.module === null ? '' : ` (module ${need.module})`}`;
    case 'link-type':
      return `links of type ${need.type}`;
    case 'module':
      return `the kernel's module ${need.module}`;
    case 'kernel':
      return `Linux ${need.minimum} or later with BTF`;
    case 'artifact':
      return ARTIFACTS[need.artifact];
    case 'nic':
      return 'a NIC that can be passed through (`hoplab nic`)';
    case 'root':
      return 'root';
    case 'linux':
      return 'Linux';
    default:
      return need satisfies never;
  }
}
