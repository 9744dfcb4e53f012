// SPDX-License-Identifier: GPL-2.0-only
/** Looks tools up on PATH and asks them for their version. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HoplabError } from '../model/errors.ts';
import { run } from './exec.ts';
import { searchPath } from './search-path.ts';

/** The full path of an executable, which is the one that `run` would start under that name; null where there is none. */
export async function findTool(name: string): Promise<string | null> {
  for (const folder of searchPath().split(':')) {
    const path = join(folder, name);
    if (await isExecutable(path)) return path;
  }
  return null;
}

/** The first line that a tool says of its version; null where it says nothing or cannot run. */
export async function versionLine(argv: readonly string[], signal: AbortSignal): Promise<string | null> {
  try {
    const { stdout, stderr } = await run(argv, { signal, timeoutMs: 5000, allowFailure: true });
    return (stdout.trim() || stderr.trim()).split('\n')[0] || null;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HoplabError) return null;
    throw error;
  }
}

/** "3.1.0" in "ovs-vswitchd (Open vSwitch) 3.1.0"; null without a dotted number. */
export function versionIn(line: string): string | null {
  return /\d+(?:\.\d+)+/.exec(line)?.[0] ?? null;
}

/** Whether `version` is `minimum` or later, part by part. */
export function isAtLeast(version: string, minimum: string): boolean {
  const wanted = minimum.split('.').map(Number);
  const given = version.split('.').map(Number);
  for (const [i, part] of wanted.entries()) {
    const here = given[i] ?? 0;
    if (here !== part) return here > part;
  }
  return true;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
