// SPDX-License-Identifier: GPL-2.0-only
/** Finds out which types of link this kernel offers by adding one in a network namespace that vanishes at once. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { run } from './exec.ts';
import { findTool } from './find-tool.ts';

export interface LinkTypeLook {
  readonly offered: boolean;
  readonly found: string;
}

/** What `ip -batch` must do to make one link of a type; those that sit on another link need that one first. */
function linkBatch(type: string): string {
  switch (type) {
    case 'veth':
      return 'link add l0 type veth peer name l1\n';
    case 'tun':
    case 'tap':
      return 'tuntap add dev l0 mode tap\n';
    case 'macvtap':
    case 'macvlan':
      return `link add l0 type veth peer name l1\nlink add link l0 name l2 type ${type} mode bridge\n`;
    case 'ipvlan':
    case 'vlan':
      return `link add l0 type veth peer name l1\nlink add link l0 name l2 type ${type}${type === 'vlan' ? ' id 2' : ''}\n`;
    default:
      return `link add l0 type ${type}\n`;
  }
}

/** Tries; a plain user does so in a user namespace, and where that is forbidden asks the kernel's list of modules. */
export async function lookAtLinkType(type: string, module: string | null, signal: AbortSignal): Promise<LinkTypeLook> {
  const [ip, unshare] = await Promise.all([findTool('ip'), findTool('unshare')]);
  if (ip === null || unshare === null) return lookAtModule(module ?? type);
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const { code, stderr } = await run([unshare, ...asRoot, '--net', ip, '-batch', '-'], {
    signal,
    input: linkBatch(type),
    allowFailure: true,
    timeoutMs: 10_000,
    what: `try a link of type ${type}`,
  });
  if (code === 0) return { offered: true, found: 'the kernel made one' };
  if (stderr.startsWith('unshare:')) return lookAtModule(module ?? type);
  return { offered: false, found: `the kernel refused one: ${stderr.split('\n')[0] ?? `status ${code}`}` };
}

/** A module that is built in shows in /sys/module when it has parameters or a version. */
async function lookAtModule(module: string): Promise<LinkTypeLook> {
  if (existsSync(`/sys/module/${module}`)) return { offered: true, found: `module ${module} is loaded` };
  return (await isModuleHere(module))
    ? { offered: true, found: `module ${module} is there` }
    : { offered: false, found: 'only root can try it, and no module of that name is known' };
}

/** Whether a module is loaded, built in with parameters, or loaded as soon as something asks for it. */
export async function isModuleUsable(module: string): Promise<boolean> {
  return existsSync(`/sys/module/${module}`) || (await isModuleHere(module));
}

/** Whether modprobe would find a module for the running kernel, loadable or built in. */
async function isModuleHere(module: string): Promise<boolean> {
  const folder = `/lib/modules/${release()}`;
  const lists = await Promise.all(['modules.dep', 'modules.builtin'].map((name) => readText(`${folder}/${name}`)));
  const name = module.replaceAll('_', '[-_]');
  return lists.some((list) => new RegExp(`/${name}\\.ko`, 'm').test(list));
}

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
