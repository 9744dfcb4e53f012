// SPDX-License-Identifier: GPL-2.0-only
/** What would bring to this machine what it lacks: each cure from here alone, tried before it is offered. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { PackageNames } from '../model/requirement.ts';
import { installCommand, readDistribution } from './distribution.ts';
import { run } from './exec.ts';
import { findTool } from './find-tool.ts';

const GOVERNORS = '/sys/devices/system/cpu/cpu0/cpufreq/scaling_available_governors';
const TRY_MS = 5000;
const NEVER = new AbortController().signal;

/** What brings a kernel module: never a modprobe that fails. */
export async function moduleCure(module: string): Promise<string> {
  const modprobe = await findTool('modprobe');
  if (modprobe !== null && (await succeeds([modprobe, '-n', '-q', module]))) return `modprobe ${module}`;
  return `boot a kernel that has ${module}`;
}

/** What brings a device's node, of that module where it has one; a module that is loaded already does not bring it. */
export async function deviceCure(path: string, module: string | null): Promise<string> {
  if (module === null || existsSync(`/sys/module/${module}`)) return `give this machine ${path}`;
  return moduleCure(module);
}

/** What brings /dev/vhost-net: the one word of doctor, plan, run, trace and diagnose. */
export function vhostCure(): Promise<string> {
  return deviceCure('/dev/vhost-net', 'vhost_net');
}

/** What brings a program, by the name of its package in Debian; `names` are what others call it. */
export async function toolCure(debianPackage: string, names: PackageNames = {}): Promise<string> {
  return installCommand([debianPackage], await readDistribution(), names);
}

/** What sets the governor of the CPUs to performance; empty where this machine has no such governor. */
export async function governorCure(): Promise<string> {
  const governors = await readFile(GOVERNORS, 'utf8').catch(() => '');
  if (!governors.split(/\s+/).includes('performance')) return '';
  if ((await findTool('cpupower')) !== null) return 'cpupower frequency-set -g performance';
  return 'echo performance | tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor';
}

async function succeeds(argv: readonly string[]): Promise<boolean> {
  try {
    return (await run(argv, { signal: NEVER, timeoutMs: TRY_MS, allowFailure: true })).code === 0;
  } catch {
    return false; // it could not be started, or did not end
  }
}
