// SPDX-License-Identifier: GPL-2.0-only
/** Bridges that are up: how one is asked, and how it is taken down. */
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { HoplabError } from '../model/errors.ts';
import { inNetns, removePins } from '../system/bridge-pins.ts';
import {
  type BridgeRecord,
  bridgesRoot,
  controlSocket,
  type FoundBridge,
  findBridges,
  removeRecord,
} from '../system/bridge-records.ts';
import { deadlineMs } from '../system/deadline.ts';
import { run } from '../system/exec.ts';
import { nativeBinary } from '../system/paths.ts';
import { checkName } from './plan.ts';
import { parseReply, refusal } from './replies.ts';

const DOWN_MS = 5000;

export interface LiveBridge extends FoundBridge {
  readonly record: BridgeRecord;
}

/** The bridge of that name; without one the only bridge that there is. Throws BRIDGE_NOT_FOUND. */
export async function findLive(name: string | undefined): Promise<LiveBridge> {
  if (name !== undefined) checkName(name);
  const live = (await findBridges()).filter((bridge): bridge is LiveBridge => bridge.alive && bridge.record !== null);
  const [found, ...others] = name === undefined ? live : live.filter((bridge) => bridge.name === name);
  const names = live.map((bridge) => bridge.name).join(', ');
  if (found === undefined) {
    throw new HoplabError({
      code: 'BRIDGE_NOT_FOUND',
      message: `${name === undefined ? 'no bridge is up' : `no bridge ${name} is up`}${names === '' ? '' : `: there is ${names}`}`,
      hint: names === '' ? 'hoplab bridge up NAME --port DEV1 DEV2' : 'hoplab bridge show',
    });
  }
  if (others.length > 0) {
    throw new HoplabError({
      code: 'USAGE',
      message: `more than one bridge is up (${names}): say which`,
      hint: 'hoplab bridge fdb show br NAME',
    });
  }
  return found;
}

/** Sends commands of the loader's and parses its answers. */
export async function askLive<T>(bridge: LiveBridge, command: string, signal: AbortSignal): Promise<T> {
  const { name, folder, record } = bridge;
  if (record.pin !== null) return askPinned(bridge, command, signal);
  const argv = [nativeBinary('bridge'), 'ask', controlSocket(folder), ...command.split(' ')];
  const { stdout, stderr } = await run(argv, { signal, allowFailure: true });
  if (stdout === '' && record.phase === 'starting') throw busy(name);
  return parseReply<T>(name, command, stdout.trim() || stderr.trim());
}

async function askPinned<T>({ name, record }: LiveBridge, command: string, signal: AbortSignal): Promise<T> {
  if (record.phase === 'starting') throw busy(name);
  const argv = inNetns(record.netns, [nativeBinary('bridge'), 'pinned', record.pin ?? '']);
  const { stdout, stderr } = await run(argv, { signal, input: `${command}\n`, allowFailure: true });
  const [ready = '', reply = stderr.trim()] = stdout.trim().split('\n');
  if (ready.startsWith('refused ')) throw refusal(`ask bridge ${name}`, ready);
  return parseReply<T>(name, command, reply);
}

function busy(name: string): HoplabError {
  return new HoplabError({
    code: 'BRIDGE_FAILED',
    message: `bridge ${name} is being brought up at this moment`,
    hint: `hoplab bridge show ${name}`,
  });
}

/** Takes a bridge down and waits until it is gone. */
export async function takeDown(bridge: LiveBridge, signal: AbortSignal): Promise<void> {
  const { name, folder, record } = bridge;
  if (record.pin !== null) {
    const failed = await removePins(record);
    if (failed !== null) throw notDown(name, failed);
    await removeRecord(folder);
    return;
  }
  await askLive(bridge, 'stop', signal);
  // The owner sees its loader end, and removes the record.
  for (let waited = 0; existsSync(folder); waited += 10) {
    if (waited > deadlineMs(DOWN_MS))
      throw notDown(name, `its owner (pid ${record.owner.pid}) still holds ${bridgesRoot()}/${name}`);
    await delay(10, undefined, { signal });
  }
}

function notDown(name: string, why: string): HoplabError {
  return new HoplabError({
    code: 'BRIDGE_FAILED',
    message: `take bridge ${name} down: ${why}`,
    hint: 'sudo hoplab gc',
  });
}
