// SPDX-License-Identifier: GPL-2.0-only
/** What must hold between the parts of a lab and cannot be said by the schema of one part. */
import { backendOf } from '../backends/index.ts';
import { machineKindOf, machinesOf } from '../machines/index.ts';
import type { LabSpec, PathSpec } from '../model/lab-spec.ts';
import { HOST1, HOST2, HOSTS } from '../model/place.ts';
import type { PlannedMachine } from '../model/plan.ts';
import type { FileProblem } from '../schema/file-problem.ts';
import { didYouMean } from '../schema/nearest-word.ts';
import { wireOf } from '../wires/index.ts';
import { PATH_NAME, twinNameOf } from './names.ts';

/** Every contradiction in a lab; paths of keys are those of the lab file. */
export function checkLab(spec: LabSpec): FileProblem[] {
  return [
    ...checkPaths(spec),
    ...checkWires(spec),
    ...checkGuests(spec),
    ...checkProbes(spec),
    ...checkReference(spec),
    ...checkPairs(spec),
    ...checkDraws(spec),
    ...checkUntil(spec),
  ];
}

function checkPaths({ paths, comparison }: LabSpec): FileProblem[] {
  if (paths.length === 0) return [{ path: ['paths'], message: 'needs at least one path, as in `paths: {tap: {}}`' }];
  const problems: FileProblem[] = [];
  const twin = comparison.twin && comparison.reference !== null ? twinNameOf(comparison.reference) : null;
  for (const { name } of paths) {
    const path = ['paths', name];
    if (!PATH_NAME.test(name)) {
      problems.push({
        path,
        message: 'a path name starts with a letter a-z and has at most 12 of a-z, 0-9 and -',
        atKey: true,
      });
    }
    if (name === twin) {
      problems.push({
        path,
        message: `is the name of the twin of ${comparison.reference}; rename the path or set \`compare: {twin: false}\``,
        atKey: true,
      });
    }
  }
  return problems;
}

/** Each kind of wire that cannot be between the hosts' machines, once for each reason. */
function checkWires(spec: LabSpec): FileProblem[] {
  const machines = machinesOf(spec);
  const hosts = HOSTS.map((host) => `${host} is on ${machineWords(machines[host])}`).join(', ');
  const messages = spec.paths.flatMap(({ wire, wireOptions }) => {
    const { kind, misfit } = wireOf(wire);
    const why = misfit(machines, wireOptions);
    return why === null ? [] : [`no ${kind} between them: ${why}; ${hosts}`];
  });
  return [...new Set(messages)].map((message) => ({ path: ['machines'], message }));
}

/** The guest of every path is on host2. */
function checkGuests(spec: LabSpec): FileProblem[] {
  const near = machinesOf(spec)[HOST2];
  const { noGuests } = machineKindOf(near.kind);
  if (noGuests === undefined || !spec.paths.some(({ backend }) => backendOf(backend).guest)) return [];
  const message = `no guest on ${machineWords(near)}: ${noGuests}; put ${HOST1} there, or take paths without a guest, as \`host: {}\``;
  return [{ path: ['machines', HOST2], message }];
}

/** "ssh", "ssh host=a". */
function machineWords({ kind, options }: PlannedMachine): string {
  return [kind, ...Object.entries(options).map(([key, value]) => `${key}=${value}`)].join(' ');
}

function checkProbes({ probes }: LabSpec): FileProblem[] {
  return probes.flatMap(({ name }, index) => {
    const first = probes.findIndex((probe) => probe.name === name);
    if (first === index) return [];
    return [
      { path: ['probes', index], message: `is called "${name}" like probes[${first}]; give one of them a \`name\`` },
    ];
  });
}

function checkReference({ comparison, paths }: LabSpec): FileProblem[] {
  if (comparison.reference === null || paths.length === 0) return [];
  return comparablePath(comparison.reference, paths, ['compare', 'reference']);
}

function checkPairs({ comparison, paths }: LabSpec): FileProblem[] {
  return comparison.pairs.flatMap(([candidate, reference], index) => {
    const path = ['compare', 'pairs', index];
    if (candidate === reference) {
      return [{ path, message: `compares ${candidate} with itself; its A/A control is \`twin: true\`` }];
    }
    const earlier = comparison.pairs.findIndex((pair) => pair[0] === candidate && pair[1] === reference);
    if (earlier !== index) return [{ path, message: `is the same pair as compare.pairs[${earlier}]` }];
    return [...comparablePath(candidate, paths, [...path, 0]), ...comparablePath(reference, paths, [...path, 1])];
  });
}

function comparablePath(name: string, paths: readonly PathSpec[], path: FileProblem['path']): FileProblem[] {
  const found = paths.find((each) => each.name === name);
  const names = paths.map((each) => each.name);
  if (found === undefined) {
    return [{ path, message: `unknown path "${name}"${didYouMean(name, names)}; this lab has ${names.join(', ')}` }];
  }
  if (backendOf(found.backend).guest) return [];
  return [{ path, message: `${name} has no guest and cannot be drawn; its ratio to every path is in the table` }];
}

function checkDraws({ comparison: { draws, guests } }: LabSpec): FileProblem[] {
  if (draws % 2 !== 0) {
    return [
      {
        path: ['compare', 'draws'],
        message: `must be even, because slots are reversed in pairs: ${draws - 1} or ${draws + 1}, got ${draws}`,
      },
    ];
  }
  if (draws > 0 && guests * 2 > draws) {
    return [
      {
        path: ['compare', 'guests'],
        message: `${guests} guests need at least ${guests * 2} draws, a pair each, got ${draws}`,
      },
    ];
  }
  return [];
}

/** Before so many draws there is nothing to look at: no comparison claims anything. */
const LEAST_FIRST_DRAWS = 4;

function checkUntil({ comparison: { draws, until } }: LabSpec): FileProblem[] {
  if (until === undefined) return [];
  const { maxDraws } = until;
  if (draws < LEAST_FIRST_DRAWS) {
    const message = `needs at least ${LEAST_FIRST_DRAWS} draws before the first look, got ${draws}`;
    return [{ path: ['compare', 'until'], message }];
  }
  if (maxDraws % 2 !== 0 || maxDraws < draws) {
    const message = `must be even and at least the ${draws} draws before the first look, got ${maxDraws}`;
    return [{ path: ['compare', 'max-draws'], message }];
  }
  return [];
}
