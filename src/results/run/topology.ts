// SPDX-License-Identifier: GPL-2.0-only
/** The way of a path's packets as the plan has it, with what the machine said of each device on it. Pure. */
import type { DeviceState, OffloadStates } from '../../model/environment.ts';
import { ATTACHMENT_KEY } from '../../model/recorded-words.ts';
import type { RecordedPlan } from '../../run-store/schemas.ts';
import type { RecordedVmm } from '../../vmms/index.ts';
import type { LabFacts } from './figures.ts';

export type RecordedPath = RecordedPlan['paths'][number];
type Where = RecordedPath['backendPlan']['hops'][number]['where'];

export interface TopologyHop {
  readonly name: string;
  readonly where: Where;
  /** An interface, or the process that moves the packets. */
  readonly device: string;
  /** "virtio-net-pci csum=off" of the guest's NIC; the driver's name of an interface; null = not known. */
  readonly driver: string | null;
  readonly mtu: number | null;
  /** In the order of OFFLOADS; null = not known, or there is no such switch. */
  readonly offloads: readonly (boolean | null)[];
}

/** The switches that decide how a packet is cut and summed: what a drawing has room for. */
export const OFFLOADS = ['rx', 'tx', 'sg', 'tso', 'gso', 'gro', 'lro'] as const;

/** As ethtool names them, and as the guest's agent does. */
const OFFLOAD_NAMES: Readonly<Record<(typeof OFFLOADS)[number], readonly string[]>> = {
  rx: ['rx-checksumming', 'rxChecksum'],
  tx: ['tx-checksumming', 'txChecksum'],
  sg: ['scatter-gather', 'sg'],
  tso: ['tcp-segmentation-offload', 'tso'],
  gso: ['generic-segmentation-offload', 'gso'],
  gro: ['generic-receive-offload', 'gro'],
  lro: ['large-receive-offload', 'lro'],
};

export interface Topology {
  readonly path: string;
  readonly backend: string;
  /** From the client of a guest-to-host1 probe to its server. */
  readonly hops: readonly TopologyHop[];
  /** As people name what booted the guest. */
  readonly vmm: string;
  /** What the VMM was told of the NIC, and what the plan notes: "vhost off: ...". */
  readonly notes: readonly string[];
}

export function topologyOf(path: RecordedPath, { environment, vmm }: Omit<LabFacts, 'paths'>): Topology {
  const { name, backend, backendPlan } = path;
  const devices = (environment?.devices ?? []).filter((device) => device.path === name);
  const hops = backendPlan.hops.map(({ name: hop, where, device }): TopologyHop => {
    const state = devices.find((one) => one.where === where && (one.device === device || where === 'guest'));
    return {
      name: hop,
      where,
      device: where === 'guest' && state !== undefined ? state.device : device,
      driver: where === 'guest' ? nicModel(path) : (state?.driver ?? null),
      mtu: state?.mtu ?? null,
      offloads: offloadsOf(state),
    };
  });
  return { path: name, backend, hops, vmm: vmm.name, notes: [...nicNotes(path, vmm), ...backendPlan.notes] };
}

/** The one model that hoplab plugs, with the properties that a backend set. */
function nicModel({ backendPlan }: RecordedPath): string {
  const options = Object.entries(backendPlan.nicOptions ?? {}).map(([key, value]) => `${key}=${word(value)}`);
  return ['virtio-net', ...options].join(' ');
}

function nicNotes({ backendPlan }: RecordedPath, vmm: RecordedVmm): string[] {
  const { [ATTACHMENT_KEY]: told } = backendPlan;
  const words = told === null || told === undefined ? [] : vmm.nicWords(told);
  return words.length === 0 ? [] : [words.join(', ')];
}

function word(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'unknown');
}

function offloadsOf(state: DeviceState | undefined): (boolean | null)[] {
  const states: OffloadStates = state?.offloads ?? {};
  return OFFLOADS.map((name) => {
    const known = OFFLOAD_NAMES[name].find((each) => Object.hasOwn(states, each));
    return known === undefined ? null : (states[known] ?? null);
  });
}
