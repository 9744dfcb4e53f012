// SPDX-License-Identifier: GPL-2.0-only
/** Probes requirements: is it there, what was found, and which command would change it. Changes nothing. */

import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { release } from 'node:os';
import { errnoOf } from '../model/errno.ts';
import { reasonOf } from '../model/errors.ts';
import type { Arch } from '../model/lab-spec.ts';
import type { Requirement, RequirementStatus } from '../model/requirement.ts';
import { deviceCure, moduleCure, toolCure } from './cures.ts';
import { packageNamesOf } from './distribution.ts';
import { findTool, isAtLeast, versionIn, versionLine } from './find-tool.ts';
import { isModuleUsable, lookAtLinkType } from './link-types.ts';
import { AGENT_AND_TOOLS, BPF_TOOLS, NATIVE_TOOLS, type NativeTool, nativeBinary } from './paths.ts';

const ARTIFACTS = { native: 'native parts', bpf: 'native parts with BPF', 'guest-kernel': 'guest kernel' } as const;
const BTF = '/sys/kernel/btf/vmlinux';
const ROOT_HINT = 'run as root: sudo hoplab ...';

type Of<K extends Requirement['kind']> = Extract<Requirement, { kind: K }>;
interface Finding {
  readonly met: boolean;
  readonly found: string;
  readonly hint: string;
}

export interface ProbeOptions {
  readonly signal: AbortSignal;
  /** Names the guest kernel that is in the cache, or throws; the folder of guests knows how. */
  readonly guestKernel: (signal: AbortSignal, arch?: Arch) => Promise<string>;
  /** Looks at a NIC; the folder of NICs knows how. Absent = nobody looks. */
  readonly nic?: (nic: Of<'nic'>, signal: AbortSignal) => Promise<Finding>;
}

/** One status per different requirement, in the order of their first appearance. */
export async function probeRequirements(
  requirements: readonly Requirement[],
  options: ProbeOptions,
): Promise<RequirementStatus[]> {
  const different = new Map(requirements.map((requirement) => [requirementKey(requirement), requirement]));
  return Promise.all(
    [...different.values()].map(async (requirement) => {
      const { met, found, hint } = await probe(requirement, options);
      return { requirement, met, found, hint: met ? '' : hint };
    }),
  );
}

/** Equal for requirements that ask for the same thing. */
export function requirementKey(requirement: Requirement): string {
  return JSON.stringify(Object.entries(requirement).sort(([a], [b]) => a.localeCompare(b)));
}

/** "tool passt", "device /dev/net/tun": how a requirement is named in lists and errors. */
export function nameRequirement(requirement: Requirement): string {
  switch (requirement.kind) {
    case 'tool':
      return requirement.minimum === null ? requirement.name : `${requirement.name} >= ${requirement.minimum}`;
    case 'device':
      return requirement.path;
    case 'link-type':
      return `links of type ${requirement.type}`;
    case 'module':
      return `kernel module ${requirement.module}`;
    case 'kernel':
      return `Linux >= ${requirement.minimum} with BTF`;
    case 'artifact':
      return `${ARTIFACTS[requirement.artifact]}${requirement.arch === undefined ? '' : ` for ${requirement.arch}`}`;
    case 'nic':
      return nameNic(requirement);
    case 'root':
      return 'root';
    case 'linux':
      return 'Linux';
    default:
      return requirement satisfies never;
  }
}

const UNSEEN: Finding = { met: false, found: 'not looked at', hint: 'hoplab nic' };

function nameNic({ nic, use }: Of<'nic'>): string {
  if (nic === null) return 'a NIC for the guest';
  return use === 'function' ? `a virtual function of NIC ${nic}` : `NIC ${nic}`;
}

function probe(requirement: Requirement, options: ProbeOptions): Promise<Finding> {
  const { signal } = options;
  switch (requirement.kind) {
    case 'tool':
      return probeTool(requirement, signal);
    case 'device':
      return probeDevice(requirement);
    case 'link-type':
      return probeLinkType(requirement, signal);
    case 'module':
      return probeModule(requirement);
    case 'kernel':
      return probeKernel(requirement);
    case 'artifact':
      return probeArtifact(requirement, options);
    case 'nic':
      return options.nic?.(requirement, signal) ?? Promise.resolve(UNSEEN);
    case 'root':
      return Promise.resolve(probeRoot());
    case 'linux':
      return Promise.resolve(probeLinux());
    default:
      return requirement satisfies never;
  }
}

async function probeTool(tool: Of<'tool'>, signal: AbortSignal): Promise<Finding> {
  const hint = await toolCure(tool.package, packageNamesOf([tool]));
  const path = await findTool(tool.name);
  if (path === null) return { met: false, found: 'not found on PATH', hint };
  if (tool.minimum === null) return { met: true, found: path, hint };
  const line = await versionLine([path, '--version'], signal);
  const version = line === null ? null : versionIn(line);
  if (version === null) return { met: false, found: `${path} does not tell its version: ${line ?? 'no output'}`, hint };
  const met = isAtLeast(version, tool.minimum);
  return {
    met,
    found: met ? `${path} ${version}` : `${path} is version ${version}, and ${tool.minimum} is the lowest that works`,
    hint: `${hint} (of a newer release)`,
  };
}

/** A node can exist without its driver: only opening it tells. /dev/net/tun has no effect until an ioctl. */
async function probeDevice({ path, module }: Of<'device'>): Promise<Finding> {
  const hint = await deviceCure(path, module);
  try {
    const file = await open(path, constants.O_RDWR | constants.O_NONBLOCK);
    await file.close();
    return { met: true, found: `${path} opens`, hint };
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT') return { met: false, found: `there is no ${path}`, hint };
    if (code === 'EACCES' || code === 'EPERM')
      return { met: false, found: `${path} may not be opened`, hint: refusedHint(path) };
    return { met: false, found: `${path} does not open: ${reasonOf(error)}`, hint };
  }
}

/** Root is refused by the rules that a container has for devices. */
function refusedHint(path: string): string {
  return process.getuid?.() === 0 ? `let this container open ${path}` : ROOT_HINT;
}

async function probeLinkType({ type, module }: Of<'link-type'>, signal: AbortSignal): Promise<Finding> {
  if (process.platform !== 'linux') return { met: false, found: `this is ${process.platform}`, hint: 'run on Linux' };
  const { offered, found } = await lookAtLinkType(type, module, signal);
  return { met: offered, found, hint: offered ? '' : await moduleCure(module ?? type) };
}

async function probeModule({ module }: Of<'module'>): Promise<Finding> {
  const met = await isModuleUsable(module);
  return {
    met,
    found: met ? 'there' : 'neither loaded nor in /lib/modules',
    hint: met ? '' : await moduleCure(module),
  };
}

/** `uname` is asked first: without that version its BTF is of no use either. */
async function probeKernel({ minimum }: Of<'kernel'>): Promise<Finding> {
  const hint = `boot Linux ${minimum} or later with CONFIG_DEBUG_INFO_BTF`;
  const version = versionIn(release());
  if (process.platform !== 'linux' || version === null || !isAtLeast(version, minimum))
    return { met: false, found: `this is ${process.platform} ${release()}`, hint };
  const met = await access(BTF, constants.R_OK).then(
    () => true,
    () => false,
  );
  return { met, found: met ? `${release()}, ${BTF}` : `${release()} without ${BTF}`, hint };
}

function probeArtifact({ artifact, arch }: Of<'artifact'>, options: ProbeOptions): Promise<Finding> {
  if (artifact === 'guest-kernel') return probeGuestKernel(options, arch);
  if (arch !== undefined) return probeNative(AGENT_AND_TOOLS, arch);
  return probeNative(artifact === 'native' ? NATIVE_TOOLS : BPF_TOOLS);
}

const setUpOf = (arch: Arch | undefined) => `hoplab setup${arch === undefined ? '' : ` --arch ${arch}`}`;

async function probeNative(tools: readonly NativeTool[], arch?: Arch): Promise<Finding> {
  const missing: string[] = [];
  for (const tool of tools) {
    const path = nativeBinary(tool, arch);
    const there = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (!there) missing.push(path);
  }
  return {
    met: missing.length === 0,
    found: missing.length === 0 ? 'built' : `not built: ${missing.join(', ')}`,
    hint: setUpOf(arch),
  };
}

async function probeGuestKernel({ guestKernel, signal }: ProbeOptions, arch?: Arch): Promise<Finding> {
  const hint = `${setUpOf(arch)}${arch === undefined ? ', or use --kernel host' : ', or use --kernel FILE'}`;
  try {
    return { met: true, found: await guestKernel(signal, arch), hint };
  } catch (error) {
    signal.throwIfAborted();
    return { met: false, found: reasonOf(error), hint };
  }
}

function probeRoot(): Finding {
  const uid = process.getuid?.();
  return {
    met: uid === 0,
    found: uid === undefined ? 'no user ids here' : `uid ${uid}`,
    hint: ROOT_HINT,
  };
}

function probeLinux(): Finding {
  return {
    met: process.platform === 'linux',
    found: process.platform,
    hint: 'run on Linux; `hoplab report` and `hoplab runs` work here too',
  };
}
