// SPDX-License-Identifier: GPL-2.0-only
/** Takes back what dead labs and bridges left behind: they are dead when the process that owned them is. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { removePins } from './bridge-pins.ts';
import { type FoundBridge, findBridges, removeRecord } from './bridge-records.ts';
import { expiresAfter } from './deadline.ts';
import { run } from './exec.ts';
import { giveBack } from './give-back.ts';
import { type FoundLab, findLabs, JOURNAL_ROOT } from './journal.ts';
import { nativeBinary } from './paths.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';
import { removeInstances } from './tracefs-instances.ts';

/** A journal without a readable owner may be one that is being made at this moment. */
const UNOWNED_GRACE_MS = 5000;
const KEEPER_MS = 5000;

export interface Collected {
  readonly kind: 'lab' | 'bridge';
  readonly name: string;
  /** The command line of the dead owner. */
  readonly argv: readonly string[];
  /** What was done: "ended the holder of its namespaces (pid 4711)". */
  readonly done: readonly string[];
}

/** Ends the holders of dead labs and removes their journals. Live labs are left alone. */
export async function collectGarbage(root: string = JOURNAL_ROOT): Promise<Collected[]> {
  const collected: Collected[] = [];
  for (const lab of await findLabs(root)) {
    if (lab.ownerAlive || (lab.owner === null && (await isYoung(lab)))) continue;
    const done: string[] = [];
    if (lab.holder !== null && (await endProcess(lab.holder))) {
      done.push(`ended the holder of its namespaces (pid ${lab.holder.pid}), and with it all its processes`);
    }
    const { removed, failed } = await removeInstances(lab.instances);
    done.push(...removed.map((path) => `removed the tracing instance ${path}`));
    const nics = await giveBack(lab.borrowed);
    done.push(...nics.done, ...nics.failed.map((why) => `could not give back ${why}`));
    done.push(...(await takeBack(lab)));
    for (const folder of lab.folders) {
      await rm(folder, { recursive: true, force: true });
      done.push(`removed ${folder}`);
    }
    // The journal stays: whoever looks next tries again.
    if (nics.failed.length > 0) {
      collected.push({ kind: 'lab', name: lab.id, argv: lab.argv, done });
      continue;
    }
    if (failed === null) await rm(lab.folder, { recursive: true, force: true });
    done.push(failed === null ? `removed ${lab.folder}` : `could not remove a tracing instance: ${failed}`);
    collected.push({ kind: 'lab', name: lab.id, argv: lab.argv, done });
  }
  return collected;
}

/**
 * What a keeper owed that died too: one that lives has seen the end of its stdin, and removes its journal when it has paid.
 * See native/launch/keep.c.
 */
async function takeBack({ folder }: FoundLab): Promise<string[]> {
  const journals = async () => (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.journal'));
  for (let waited = 0; waited < KEEPER_MS && (await journals()).length > 0; waited += 50) await delay(50);
  const done: string[] = [];
  for (const name of await journals()) {
    const argv = [nativeBinary('launch'), 'take-back', join(folder, name)];
    const { code, stderr } = await run(argv, { signal: expiresAfter(KEEPER_MS), allowFailure: true });
    done.push(
      code === 0 ? `gave back what ${name} names` : `could not give back all that ${name} names: ${stderr.trim()}`,
    );
  }
  return done;
}

/** Takes down bridges whose owner died; pinned ones are nobody's garbage. */
export async function collectBridges(): Promise<Collected[]> {
  const collected: Collected[] = [];
  for (const bridge of await findBridges()) {
    if (bridge.alive) continue;
    const done = await takeDown(bridge);
    collected.push({ kind: 'bridge', name: bridge.name, argv: bridge.record?.argv ?? [], done });
  }
  return collected;
}

async function takeDown({ record, folder }: FoundBridge): Promise<string[]> {
  const failed = record === null ? null : await removePins(record);
  // The record stays: whoever looks next tries again.
  if (failed !== null) return [`could not take its pins down: ${failed}`];
  await removeRecord(folder);
  const pin = record?.pin ?? null;
  return [...(pin === null ? ['the kernel detached its programs'] : [`removed ${pin}`]), `removed ${folder}`];
}

async function isYoung(lab: FoundLab): Promise<boolean> {
  const info = await stat(lab.folder).catch(() => null);
  return info !== null && Date.now() - info.mtimeMs < UNOWNED_GRACE_MS;
}

/** SIGKILL to exactly the recorded process; true if it was still there. */
async function endProcess(identity: ProcessIdentity): Promise<boolean> {
  if (!(await isAlive(identity))) return false;
  try {
    process.kill(identity.pid, 'SIGKILL');
  } catch {
    return false; // ended between the look and the kill
  }
  for (let waited = 0; waited < 2000 && (await isAlive(identity)); waited += 10) await delay(10);
  return true;
}
