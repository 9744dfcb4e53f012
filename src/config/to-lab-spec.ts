// SPDX-License-Identifier: GPL-2.0-only
/** Makes a LabSpec from what the schema read, and the lab that is measured when there is no file. */
import { dirname, isAbsolute, resolve } from 'node:path';
import { backendOf, usualBackends } from '../backends/index.ts';
import { machineKindOf } from '../machines/index.ts';
import type { GuestSpec, KernelChoice, LabSpec, PathSpec } from '../model/lab-spec.ts';
import type { Host } from '../model/place.ts';
import { DEFAULTS } from './defaults.ts';
import type { ChosenWire } from './kind-schema.ts';
import { type LabFile, sections } from './lab-schema.ts';
import { probeSchema, toProbeSpec } from './probe-schema.ts';

/** Where a lab comes from: its file's folder is what its relative names are relative to. */
export interface LabSource {
  readonly name: string;
  readonly folder: string;
}

export function sourceOf(file: string): LabSource {
  const base = file.replace(/^.*\//, '').replace(/\.(hoplab\.)?ya?ml$/i, '');
  const name = base
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 32);
  return { name: name === '' ? 'lab' : name, folder: dirname(resolve(file)) };
}

/** The lab without a file: every backend of this version, compared with tap, back to back and paced. */
export function defaultLabSpec(): LabSpec {
  return toLabSpec({ seed: DEFAULTS.seed }, { name: 'default', folder: process.cwd() });
}

export function toLabSpec(file: LabFile, source: LabSource): LabSpec {
  const compare = file.compare ?? sections.compare.parse({});
  const scheduling = file.scheduling ?? sections.scheduling.parse({});
  const paths = toPaths(file.paths, file.wire);
  const { pairs, draws, guests, transactions, warmup, margin, twin } = compare;
  return {
    name: file.name ?? source.name,
    ...toMachines(file.machines),
    guest: toGuest(file.guest ?? sections.guest.parse({}), source),
    paths,
    probes: file.probes?.map((probe) => toProbeSpec(probe)) ?? defaultProbes(),
    comparison: {
      reference: compare.reference ?? defaultReference(paths),
      ...{ pairs, draws, guests, transactions, warmup, margin, twin },
      ...toUntil(compare),
    },
    scheduling: {
      policy: scheduling.policy,
      priority: scheduling.priority,
      guestCpu: scheduling['guest-cpu'] ?? null,
      hostCpu: scheduling['host-cpu'] ?? null,
    },
    seed: file.seed,
  };
}

/** Budgets without a goal are a contradiction that `checkLab` cannot see any more. */
function toUntil(compare: NonNullable<LabFile['compare']>): Pick<LabSpec['comparison'], 'until'> {
  const { until: halfWidth, draws, 'max-draws': maxDraws, 'max-time': maxTimeNs = null } = compare;
  if (halfWidth === undefined) return {};
  return { until: { halfWidth, maxDraws: maxDraws ?? Math.max(DEFAULTS.maxDraws, draws), maxTimeNs } };
}

/** TCP_RR of one byte back to back, and the same with a pause, which shows what waking up costs. */
function defaultProbes(): LabSpec['probes'] {
  return [{}, { pace: DEFAULTS.pace }].map((probe) => toProbeSpec(probeSchema.parse(probe)));
}

/** tap where there is one, else the first path with a guest, else none. */
export function defaultReference(paths: readonly PathSpec[]): string | null {
  const named = paths.find(({ name }) => name === DEFAULTS.reference);
  const ofKind = paths.find(({ backend }) => backend === DEFAULTS.reference);
  const first = paths.find(({ backend }) => backendOf(backend).guest);
  return (named ?? ofKind ?? first)?.name ?? null;
}

/** `shared` is the wire of every path that names none. */
function toPaths(file: LabFile['paths'], shared: ChosenWire | undefined): PathSpec[] {
  const onWire = (wire = shared): Pick<PathSpec, 'wire' | 'wireOptions'> => {
    if (wire === undefined) return {};
    return { wire: wire.kind, ...(wire.options === undefined ? {} : { wireOptions: { ...wire.options } }) };
  };
  if (file === null || file === undefined) {
    return usualBackends.map(({ kind, options }) => ({
      name: kind,
      backend: kind,
      options: options.parse({}),
      ...onWire(),
      named: false,
    }));
  }
  return Object.entries(file).flatMap(([name, path]) => {
    if (path === undefined) return [];
    const { commands, wire, ...rest } = path;
    return [{ name, ...rest, ...(commands.length === 0 ? {} : { commands }), ...onWire(wire), named: true }];
  });
}

function toMachines(file: LabFile['machines']): Pick<LabSpec, 'machines'> {
  const named = Object.entries(file ?? {}).flatMap(([host, machine]) =>
    machine === undefined ? [] : [[host, toMachine(machine)] as const],
  );
  return named.length === 0 ? {} : { machines: Object.fromEntries(named) };
}

/** What was written for other kinds was refused before. */
function toMachine(file: NonNullable<NonNullable<LabFile['machines']>[Host]>) {
  const { kind, ...keys } = file;
  const own = Object.keys(machineKindOf(kind).options.shape);
  const told = Object.entries(keys).filter(([key, value]) => own.includes(key) && value !== undefined);
  return { kind, ...(told.length === 0 ? {} : { options: Object.fromEntries(told) }) };
}

function toGuest(file: NonNullable<LabFile['guest']>, source: LabSource): GuestSpec {
  return {
    arch: file.arch,
    kernel: toKernel(file.kernel, source),
    cpus: file.cpus,
    memoryMiB: file.memory,
    accel: file.accel,
    ...(file.vmm === undefined ? {} : { vmm: file.vmm }),
  };
}

function toKernel(choice: NonNullable<LabFile['guest']>['kernel'], source: LabSource): KernelChoice {
  if (typeof choice === 'string') return { kind: choice };
  const absolute = (path: string) => (isAbsolute(path) ? path : resolve(source.folder, path));
  const { file, modules } = choice;
  return { kind: 'file', image: absolute(file), modules: modules === undefined ? null : absolute(modules) };
}
