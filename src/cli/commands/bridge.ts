// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab bridge`: a learning bridge in eBPF over devices of this machine, without a lab. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { FdbEntry, Ready, Stats } from '../../bridge/replies.ts';
import { HoplabError } from '../../model/errors.ts';
import { addUpOptions, toSpec, type UpFlags } from '../bridge/bridge-options.ts';
import { collectDead } from '../collect-dead.ts';
import { type CliContext, type CommandModule, EXIT } from '../command.ts';
import { usageError } from '../usage.ts';

const FDB_USAGE = 'fdb [show|add MAC dev PORT [vlan V]|del MAC [vlan V]|flush [dev PORT]] [br NAME]';
const WATCH_S = 1;

export const command: CommandModule = {
  examples: [
    { line: 'bridge up lan --port eth1 eth2', says: 'two ports, until ctrl-C' },
    { line: 'bridge up lan --port t0 eth1 --vlan t0=access:10 --vlan eth1=trunk:10,20', says: 'with VLANs' },
    { line: 'bridge up lan --port t0 eth1 --allow t0=02:00:00:00:00:01', says: 'a guest that sends as one station' },
    { line: 'bridge up lan --port t0 eth1 --pin', says: 'goes on after the command has ended' },
    { line: 'bridge show lan', says: 'the ports, how each is attached, and what is not optimal' },
    { line: 'bridge fdb add 02:00:00:00:00:01 dev t0 vlan 10', says: 'a static address, in the words of bridge(8)' },
    { line: 'bridge stats lan --watch', says: 'packets a second, every second' },
    { line: 'bridge down lan', says: 'devices are left as they were' },
  ],
  define(command: Command, context: CliContext) {
    addUpOptions(sub(command, 'up <NAME>', 'join devices to a bridge').usage('NAME --port DEV... [options]')).action(
      (name: string, flags: UpFlags) => up(name, flags, context),
    );
    const show = sub(command, 'show [NAME]', 'the bridges, or the ports of one', { isDefault: true });
    show.action((name: string | undefined, flags: Flags) => showBridges(name, flags, context));
    const fdb = sub(command, 'fdb [WORDS...]', 'addresses, in the words of bridge(8)');
    fdb.usage(`${FDB_USAGE.slice('fdb '.length)} [options]`);
    fdb.action((words: string[], flags: Flags) => runFdb(words, flags, context));
    const stats = sub(command, 'stats [NAME]', 'packets by port and reason');
    stats.option('--watch', 'packets a second, every second');
    stats.action((name: string | undefined, flags: Flags) => showStats(name, flags, context));
    const down = sub(command, 'down <NAME>', 'take a bridge down');
    down.action((name: string, flags: Flags) => takeBridgeDown(name, flags, context));
  },
};

interface Flags {
  readonly json?: boolean;
  readonly watch?: boolean;
}

function sub(command: Command, usage: string, summary: string, options: { isDefault?: boolean } = {}): Command {
  return command
    .command(usage, options)
    .summary(summary)
    .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
    .option('--json', 'print JSON instead of text');
}

/** What every one of them needs, and does first. */
async function begin(context: CliContext, { json }: Flags): Promise<void> {
  if (process.platform !== 'linux')
    throw new HoplabError({ code: 'NOT_LINUX', message: 'bridges are eBPF programs: they need Linux' });
  if (process.getuid?.() !== 0)
    throw new HoplabError({
      code: 'NOT_ROOT',
      message: 'bridges belong to root',
      hint: `sudo hoplab ${context.argv.join(' ')}`,
    });
  await collectDead(context, { quiet: json === true });
}

function printJson(context: CliContext, value: unknown): void {
  context.print(`${JSON.stringify(value, null, 2)}\n`);
}

async function up(name: string, flags: UpFlags, context: CliContext): Promise<void> {
  const { bringUp } = await import('../../bridge/bring-up.ts');
  const { netnsPath, planBridge } = await import('../../bridge/plan.ts');
  const { portsText } = await import('../bridge/bridge-text.ts');
  const spec = toSpec(name, flags);
  planBridge(spec);
  await begin(context, flags);
  const netns = flags.netns === undefined ? null : netnsPath(flags.netns);
  const { argv, signal } = context;
  await using bridge = await bringUp(spec, { netns, pin: flags.pin === true, argv, signal });
  const { record, ready } = bridge;
  if (flags.json) printJson(context, { name, pin: record.pin, ...ready });
  else {
    const how = record.pin === null ? 'ctrl-C takes it down' : `pinned at ${record.pin}: hoplab bridge down ${name}`;
    context.print(`bridge ${name} is up (${how})\n\n${portsText(ready)}`);
  }
  if (record.pin !== null) return;
  const ended = await Promise.race([bridge.ended, aborted(signal)]);
  if (ended === 'aborted' || ended.code === 0) return;
  throw new HoplabError({
    code: 'BRIDGE_FAILED',
    message: `bridge ${name}: its loader ended with ${ended.signal ?? `status ${ended.code}`}; the kernel detached it`,
    hint: `hoplab bridge up ${name} ... brings it up again`,
  });
}

function aborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
}

async function showBridges(name: string | undefined, flags: Flags, context: CliContext): Promise<void> {
  const { findBridges } = await import('../../system/bridge-records.ts');
  const { askLive, findLive } = await import('../../bridge/live.ts');
  const { bridgesText, bridgeText, stateOf } = await import('../bridge/bridge-text.ts');
  await begin(context, flags);
  if (name !== undefined) {
    const bridge = await findLive(name);
    const ready = await askLive<Ready>(bridge, 'show', context.signal);
    if (flags.json) printJson(context, { ...bridge.record, ...ready });
    else context.print(bridgeText(bridge.record, ready));
    return;
  }
  const bridges = await findBridges();
  if (flags.json)
    printJson(context, {
      bridges: bridges.map((one) => ({ name: one.name, state: stateOf(one), record: one.record })),
    });
  else if (bridges.length === 0) context.say('no bridge is up; hoplab bridge up NAME --port DEV1 DEV2 makes one');
  else context.print(bridgesText(bridges));
}

async function runFdb(words: readonly string[], flags: Flags, context: CliContext): Promise<void> {
  const { askLive, findLive } = await import('../../bridge/live.ts');
  const { fdbText } = await import('../bridge/bridge-text.ts');
  const [verb = 'show', ...rest] = words;
  const br = rest.indexOf('br');
  const name = br === -1 ? undefined : rest[br + 1];
  if (br !== -1 && name === undefined)
    throw usageError('fdb: br NAME: the name is missing', 'hoplab bridge fdb --help');
  if (br !== -1) rest.splice(br, 2);
  if (!['show', 'add', 'del', 'flush'].includes(verb) || (verb === 'show' && rest.length > 0 && rest[0] !== 'dev'))
    throw usageError(`${FDB_USAGE}: got "${words.join(' ')}"`, 'hoplab bridge fdb --help');
  if (rest.some((word) => !/^[\w.:-]+$/.test(word)))
    throw usageError(`fdb ${verb}: "${rest.join(' ')}" has a word that cannot be meant`, 'hoplab bridge fdb --help');
  await begin(context, flags);
  const bridge = await findLive(name);
  if (verb !== 'show') {
    const done = await askLive<Record<string, number>>(bridge, ['fdb', verb, ...rest].join(' '), context.signal);
    if (flags.json) printJson(context, done);
    else if (verb === 'flush') context.print(`${done.flushed} flushed\n`);
    return;
  }
  const { fdb } = await askLive<{ fdb: FdbEntry[] }>(bridge, 'fdb show', context.signal);
  const wanted = rest[0] === 'dev' ? fdb.filter(({ port }) => port === rest[1]) : fdb;
  if (flags.json) printJson(context, { bridge: bridge.name, fdb: wanted });
  else context.print(fdbText(bridge.name, wanted));
}

async function showStats(name: string | undefined, flags: Flags, context: CliContext): Promise<void> {
  const { askLive, findLive } = await import('../../bridge/live.ts');
  const { ratesText, statsText } = await import('../bridge/bridge-text.ts');
  const { signal } = context;
  await begin(context, flags);
  const bridge = await findLive(name);
  const read = async () => ({ at: performance.now(), stats: await askLive<Stats>(bridge, 'stats', signal) });
  let before = await read();
  if (!flags.watch) {
    if (flags.json) printJson(context, { bridge: bridge.name, ...before.stats });
    else context.print(statsText(before.stats));
    return;
  }
  while (await pause(signal)) {
    const now = await read();
    const seconds = (now.at - before.at) / 1000;
    // A line each, for a program that reads along.
    if (flags.json) context.print(`${JSON.stringify({ bridge: bridge.name, seconds, ...now.stats })}\n`);
    else context.print(`${ratesText(before.stats, now.stats, seconds)}\n`);
    before = now;
  }
}

/** False when the user has seen enough. */
async function pause(signal: AbortSignal): Promise<boolean> {
  return delay(WATCH_S * 1000, true, { signal }).catch(() => false);
}

async function takeBridgeDown(name: string, flags: Flags, context: CliContext): Promise<void> {
  const { findLive, takeDown } = await import('../../bridge/live.ts');
  await begin(context, flags);
  await takeDown(await findLive(name), context.signal);
  if (flags.json) printJson(context, { name, down: true });
  else context.print(`bridge ${name} is down\n`);
  context.finish(EXIT.ok);
}
