// SPDX-License-Identifier: GPL-2.0-only
/** Where pinned bridges are held, and how they are taken down: by the loader, in the namespace of their ports. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rmdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../model/errors.ts';
import { type BridgeRecord, bridgesRoot } from './bridge-records.ts';
import { expiresAfter } from './deadline.ts';
import { run } from './exec.ts';
import { nativeBinary } from './paths.ts';

const SYSTEM_BPFFS = '/sys/fs/bpf';
const BPF_FS_MAGIC = 0xcafe4a11;
const DOWN_MS = 10_000;

/** The folder for the pins of a bridge: in the system's bpffs, or in one that must be mounted first. */
export async function placeForPins(name: string): Promise<{ pin: string; mount: string | null }> {
  const system = await statfs(SYSTEM_BPFFS).catch(() => null);
  if (system?.type === BPF_FS_MAGIC) return { pin: join(SYSTEM_BPFFS, 'hoplab', name), mount: null };
  const mount = join(bridgesRoot(), '.bpf');
  return { pin: join(mount, name), mount };
}

/** Mounts the bpffs if it is not there; others' bridges may be in it already. */
export async function mountBpffs(mount: string, signal: AbortSignal): Promise<void> {
  await mkdir(mount, { recursive: true, mode: 0o700 });
  if ((await statfs(mount)).type === BPF_FS_MAGIC) return;
  await run(['mount', '-t', 'bpf', 'hoplab', mount], { signal, what: 'mount a bpffs for pinned bridges' });
}

/** The argv that runs `argv` where the ports are. */
export function inNetns(netns: string | null, argv: readonly string[]): string[] {
  return netns === null ? [...argv] : ['nsenter', `--net=${netns}`, '--', ...argv];
}

/** Takes back what a bridge has pinned, whatever part of it there is: why that failed, or null. */
export async function removePins({ pin, netns, mount }: BridgeRecord): Promise<string | null> {
  const failed = pin !== null && existsSync(pin) ? await runDown(pin, netns) : null;
  if (mount !== null) await unmountIfEmpty(mount);
  return failed;
}

async function runDown(pin: string, netns: string | null): Promise<string | null> {
  const argv = [nativeBinary('bridge'), 'down', pin];
  // Without its namespace the devices are gone too, and the loader has nothing to restore.
  const there = netns === null || !existsSync(netns) ? argv : inNetns(netns, argv);
  try {
    const { code, stderr } = await run(there, { signal: expiresAfter(DOWN_MS), allowFailure: true });
    return code === 0 ? null : stderr.trim();
  } catch (error) {
    return reasonOf(error);
  }
}

async function unmountIfEmpty(mount: string): Promise<void> {
  const left = await readdir(mount).catch(() => null);
  // The kernel itself puts maps.debug and progs.debug into every bpffs; no other name may have a dot.
  if (left === null || left.some((name) => !name.includes('.'))) return;
  if ((await statfs(mount)).type === BPF_FS_MAGIC)
    await run(['umount', mount], { signal: expiresAfter(DOWN_MS), allowFailure: true });
  await rmdir(mount).catch(() => undefined);
}
