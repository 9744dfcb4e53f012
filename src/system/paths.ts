// SPDX-License-Identifier: GPL-2.0-only
/** Where hoplab's own files are: the checkout or package that this module belongs to. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Arch } from '../model/lab-spec.ts';
import { cacheDir, SYSTEM_CACHE } from './cache.ts';

/** The folder that holds package.json; the compiled module is some folders below it. */
export const projectRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

/** This hoplab's version. */
export const toolVersion = readVersion(join(projectRoot, 'package.json'));

/** What every lab needs; set-up builds them with a C compiler alone. */
export const NATIVE_TOOLS = ['prober', 'agent', 'launch', 'ladder', 'capture', 'ticks'] as const;
/** Tools with a BPF part: set-up needs clang and libbpf for them, and a lab does without where they are not built. */
export const BPF_TOOLS = ['bridge', 'drops', 'hoptrace'] as const;
/** Tools that lie in the guest's image too. */
export const GUEST_TOOLS = ['prober', 'ladder', 'capture'] as const satisfies readonly NativeTool[];

/** All that a guest cannot do without. */
export const AGENT_AND_TOOLS = ['agent', ...GUEST_TOOLS] as const satisfies readonly NativeTool[];

/** Those of the tools with BPF that go there where they are built. */
export const GUEST_BPF_TOOLS = ['drops', 'hoptrace'] as const satisfies readonly BpfTool[];

/** UEFI applications: built where a firmware is first checked, and run by it. */
const EFI_TOOLS = ['efiprobe'] as const;

export type BpfTool = (typeof BPF_TOOLS)[number];
export type NativeTool = (typeof NATIVE_TOOLS)[number] | BpfTool | (typeof EFI_TOOLS)[number];

/** Folders that are not named after their tool. */
const FOLDERS: Partial<Record<NativeTool, string>> = { bridge: 'hopbridge' };

/** The folder of a native part's sources. */
export function nativeFolder(tool: NativeTool): string {
  return join(projectRoot, 'native', FOLDERS[tool] ?? tool);
}

/** The binary that set-up builds from a native part; by default for this machine. */
export function nativeBinary(tool: NativeTool, arch?: Arch): string {
  return join(builtNatives(arch), `hoplab-${tool}`);
}

/** As Node names them. */
const NODE_ARCH: Readonly<Record<Arch, string>> = { x86_64: 'x64', aarch64: 'arm64' };
const built = new Map<string, string>();

/**
 * The folder of what is built from native/: in the cache, under a name made from the sources and the architecture, so that
 * two versions of hoplab have one each. Where the user's own cache has none, root's is looked into.
 */
export function builtNatives(arch?: Arch): string {
  const node = arch === undefined ? process.arch : NODE_ARCH[arch];
  const known = built.get(node);
  if (known !== undefined) return known;
  const name = nativeKey(node);
  const [own, system] = [cacheDir(), SYSTEM_CACHE].map((cache) => join(cache, 'native', name));
  const found =
    own !== undefined && (existsSync(own) || system === undefined || !existsSync(system)) ? own : (system ?? '');
  built.set(node, found);
  return found;
}

function nativeKey(arch: string): string {
  const sources = join(projectRoot, 'native');
  const hash = createHash('sha256').update(arch);
  const names = readdirSync(sources, { recursive: true, encoding: 'utf8' }).sort();
  for (const name of names) {
    const path = join(sources, name);
    if (statSync(path).isFile()) hash.update(name).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

function findRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const up = dirname(from);
  if (up === from) throw new Error(`no package.json above ${fileURLToPath(import.meta.url)}`);
  return findRoot(up);
}

function readVersion(file: string): string {
  const { version }: { version?: unknown } = JSON.parse(readFileSync(file, 'utf8'));
  return typeof version === 'string' ? version : 'unknown';
}
