// SPDX-License-Identifier: GPL-2.0-only
/** Brings a bridge up: its record first, then the loader, held by this process or by pins. */
import { existsSync } from 'node:fs';
import { HoplabError } from '../model/errors.ts';
import { inNetns, mountBpffs, placeForPins, removePins } from '../system/bridge-pins.ts';
import { type BridgeRecord, controlSocket, createRecord, removeRecord, writeRecord } from '../system/bridge-records.ts';
import type { ProcessExit } from '../system/exec.ts';
import { nativeBinary } from '../system/paths.ts';
import { identify } from '../system/process-identity.ts';
import { type Service, startService } from '../system/service.ts';
import { type BridgeSpec, planBridge } from './plan.ts';
import { type Ready, refusal } from './replies.ts';

export interface BringUpOptions {
  /** Path of the namespace of the ports; null = ours. */
  readonly netns: string | null;
  readonly pin: boolean;
  readonly argv: readonly string[];
  readonly signal: AbortSignal;
}

/** A bridge that came up. Disposing takes it down, unless it is pinned. */
export interface RaisedBridge extends AsyncDisposable {
  readonly record: BridgeRecord;
  readonly ready: Ready;
  /** How the loader ended; of a pinned bridge at once. */
  readonly ended: Promise<ProcessExit>;
}

/** Throws BRIDGE_EXISTS, BRIDGE_REFUSED and USAGE; nothing of the bridge is left then. */
export async function bringUp(spec: BridgeSpec, options: BringUpOptions): Promise<RaisedBridge> {
  const lines = planBridge(spec);
  checkPlace(spec.name, options.netns);
  const starting = await planRecord(spec, options);
  const folder = await createRecord(starting);
  let loader: Service | null = null;
  const undo = async () => {
    await loader?.[Symbol.asyncDispose]();
    await removePins(starting);
    await removeRecord(folder);
  };
  try {
    if (starting.mount !== null) await mountBpffs(starting.mount, options.signal);
    const held = starting.pin === null ? `socket ${controlSocket(folder)}` : `pin ${starting.pin}`;
    const started = await startLoader(starting, [...lines, held], options);
    loader = started.loader;
    const record: BridgeRecord = { ...starting, phase: starting.pin === null ? 'up' : 'pinned' };
    if (starting.pin !== null) await finish(started.loader, spec.name);
    await writeRecord(folder, record);
    const dispose = starting.pin === null ? undo : async () => undefined;
    return { record, ready: started.ready, ended: started.loader.exited, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await undo();
    throw error;
  }
}

function checkPlace(name: string, netns: string | null): void {
  if (!existsSync(nativeBinary('bridge'))) {
    throw new HoplabError({
      code: 'NOT_SET_UP',
      message: `bring up bridge ${name}: hoplab-bridge is not built`,
      hint: 'sudo hoplab setup',
    });
  }
  if (netns === null || existsSync(netns)) return;
  throw new HoplabError({
    code: 'BRIDGE_REFUSED',
    message: `bring up bridge ${name}: there is no network namespace ${netns}`,
    hint: 'ip netns list',
  });
}

async function planRecord({ name, ports }: BridgeSpec, options: BringUpOptions): Promise<BridgeRecord> {
  const owner = await identify(process.pid);
  if (owner === null) throw new Error('this process has no /proc entry');
  const place = options.pin ? await placeForPins(name) : { pin: null, mount: null };
  const { argv, netns } = options;
  return { name, phase: 'starting', owner, argv, startedAt: new Date().toISOString(), ports, netns, ...place };
}

async function startLoader(
  { name, netns }: BridgeRecord,
  lines: readonly string[],
  { signal }: BringUpOptions,
): Promise<{ loader: Service; ready: Ready }> {
  const words = [`owner ${process.pid}`, ...lines].flatMap((line) => ['--line', line]);
  let said = '';
  const loader = await startService(inNetns(netns, [nativeBinary('bridge'), ...words]), {
    name: `bridge ${name}`,
    signal,
    logFile: null,
    ready: (line) => {
      if (!/^(ready|refused) \{/.test(line)) return false;
      said = line;
      return true;
    },
  });
  if (said.startsWith('ready ')) return { loader, ready: JSON.parse(said.slice('ready '.length)) as Ready };
  await loader[Symbol.asyncDispose]();
  throw refusal(`bring up bridge ${name}`, said);
}

/** The loader of a pinned bridge has nothing more to do. */
async function finish(loader: Service, name: string): Promise<void> {
  const { code } = await loader.exited;
  if (code === 0) return;
  throw new HoplabError({
    code: 'BRIDGE_FAILED',
    message: `bring up bridge ${name}: its loader ended with status ${code}: ${loader.lastLines(3).join(' | ')}`,
  });
}
