// SPDX-License-Identifier: GPL-2.0-only
/** Finds the files of kernel modules and everything that they depend on, in the order in which they must be loaded. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { HoplabError } from '../model/errors.ts';
import { isMissing } from '../system/cache.ts';
import { decompress } from './decompress.ts';

/** What the guest needs; what these depend on (virtio, virtio_ring, net_failover, ...) follows from the tree. */
export const GUEST_MODULES: readonly string[] = ['virtio_pci', 'virtio_console', 'virtio_net'];

const MODULE_FILE = /\.ko(\.(xz|zst|gz))?$/;

/** One kernel's modules: name -> file, file -> files that it needs. */
export interface ModuleTree {
  readonly builtin: ReadonlySet<string>;
  /** Name -> path below the modules folder. */
  readonly files: ReadonlyMap<string, string>;
  /** Path -> paths of all it needs, in any order; null where the tree has no modules.dep. */
  readonly needs: ReadonlyMap<string, readonly string[]> | null;
}

/** "kernel/drivers/net/virtio-net.ko.xz" -> "virtio_net": the kernel takes both signs for one. */
function moduleName(path: string): string {
  return basename(path).replace(MODULE_FILE, '').replaceAll('-', '_');
}

/** Parses modules.dep, or modules.order where depmod has not run yet (a package that was only unpacked), and modules.builtin. */
export function parseModuleTree(texts: {
  readonly dep: string | null;
  readonly order: string | null;
  readonly builtin: string;
}): ModuleTree {
  const builtin = new Set(words(texts.builtin).map(moduleName));
  const files = new Map<string, string>();
  if (texts.dep === null) {
    for (const path of words(texts.order ?? '')) files.set(moduleName(path), path);
    return { builtin, files, needs: null };
  }
  const needs = new Map<string, readonly string[]>();
  for (const line of texts.dep.split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const path = line.slice(0, colon);
    files.set(moduleName(path), path);
    needs.set(path, words(line.slice(colon + 1)));
  }
  return { builtin, files, needs };
}

/** Reads the tree of an installed or unpacked kernel. */
export async function readModuleTree(modulesDir: string): Promise<ModuleTree> {
  const [dep, order, builtin] = await Promise.all(
    ['modules.dep', 'modules.order', 'modules.builtin'].map((name) => readIfThere(join(modulesDir, name))),
  );
  if (!dep && !order) {
    throw new HoplabError({
      code: 'KERNEL_INVALID',
      message: `read the kernel modules of ${modulesDir}: it holds neither modules.dep nor modules.order`,
      hint: 'name the folder of one kernel release, such as --modules /lib/modules/RELEASE',
    });
  }
  if (dep) return parseModuleTree({ dep, order: null, builtin: builtin ?? '' });
  // modules.order leaves out how the files are compressed.
  const names = await readdir(modulesDir, { recursive: true });
  const there = names.filter((name) => MODULE_FILE.test(name)).sort();
  return parseModuleTree({
    dep: null,
    order: there.length > 0 ? there.join('\n') : (order ?? ''),
    builtin: builtin ?? '',
  });
}

/**
 * The files, below `modulesDir`, to load for the wanted modules: every file after those that it needs.
 * Throws KERNEL_INVALID with the names of all that the kernel has neither as a module nor built in.
 */
export async function planModules(
  tree: ModuleTree,
  wanted: readonly string[],
  readNeeds: (path: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const ordered: string[] = [];
  const seen = new Set<string>();
  const missing = new Set<string>();
  const visit = async (name: string): Promise<void> => {
    if (seen.has(name)) return;
    seen.add(name);
    const path = tree.files.get(name);
    if (path === undefined) {
      if (!tree.builtin.has(name)) missing.add(name);
      return;
    }
    for (const needed of tree.needs?.get(path) ?? (await readNeeds(path))) await visit(moduleName(needed));
    ordered.push(path);
  };
  for (const name of wanted) await visit(moduleName(name));
  if (missing.size > 0) {
    throw new HoplabError({
      code: 'KERNEL_INVALID',
      message: `plan the guest's modules: this kernel has no ${[...missing].join(', ')}, neither as a module nor built in`,
      hint: [...missing].some((name) => GUEST_MODULES.includes(name))
        ? 'use --kernel debian, or a kernel that was built with virtio (CONFIG_VIRTIO_PCI, _NET, _CONSOLE)'
        : "they are for the NIC that is passed through: use this machine's kernel (--kernel host), or --kernel FILE --modules DIR",
    });
  }
  return ordered;
}

/** The names in the `depends=` line that every module carries in its section .modinfo. */
export function moduleNeeds(module: Buffer): readonly string[] {
  const start = module.indexOf('\0depends=');
  if (start < 0) return [];
  const from = start + '\0depends='.length;
  return module
    .toString('latin1', from, module.indexOf(0, from))
    .split(',')
    .filter((name) => name !== '');
}

/** The content of a module as the kernel takes it: uncompressed. */
export async function readModule(path: string, signal: AbortSignal): Promise<Buffer> {
  if (path.endsWith('.gz')) return gunzipSync(await readFile(path));
  const tool = path.endsWith('.xz') ? 'xz' : path.endsWith('.zst') ? 'zstd' : null;
  const content = await readFile(path);
  return tool === null ? content : decompress(tool, content, signal);
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
