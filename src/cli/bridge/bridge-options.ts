// SPDX-License-Identifier: GPL-2.0-only
/** The options of `hoplab bridge up`: of single ports they are written DEV=VALUE. */
import { type Command, Option } from 'commander';
import { type BridgeSpec, MODES, type Mode } from '../../bridge/plan.ts';
import { repeated, usageError, wholeNumber } from '../usage.ts';

export interface UpFlags {
  readonly port?: readonly string[];
  readonly vlan?: readonly Of[];
  readonly mode: Mode;
  readonly allow?: readonly Of[];
  readonly storm?: readonly Of[];
  readonly peerNetns?: readonly Of[];
  readonly fdbSize?: number;
  readonly ageing?: number;
  readonly netns?: string;
  readonly force?: boolean;
  readonly pin?: boolean;
  readonly json?: boolean;
}

/** "DEV=VALUE" */
type Of = readonly [port: string, value: string];

export function addUpOptions(command: Command): Command {
  return command
    .option('--port <DEV...>', 'the devices to join: two or more')
    .option(
      '--vlan <DEV=VLANS>',
      'any, access:V or trunk:LIST[:native:V], LIST as 10,20-29 (repeatable)',
      ofPort('--vlan'),
    )
    .addOption(
      new Option('--mode <MODE>', 'how frames are taken: auto is native, else tc').choices(MODES).default('auto'),
    )
    .option('--allow <DEV=MACS>', 'only these stations may send there: MAC,MAC (repeatable)', ofPort('--allow'))
    .option('--storm <DEV=N>', 'packets a second that a port may flood (repeatable)', ofPort('--storm'))
    .option('--fdb-size <N>', 'addresses that are learned', wholeNumber('--fdb-size', 16, 1 << 22))
    .option(
      '--ageing <SECONDS>',
      'after so long a silent address is unknown; 0 = never',
      wholeNumber('--ageing', 0, 1e9),
    )
    .option('--peer-netns <DEV=NETNS>', "network namespace of a veth's far end (repeatable)", ofPort('--peer-netns'))
    .option('--netns <NETNS>', 'network namespace of the ports, by name or path')
    .option('--force', 'even if a port carries an address, a route or a master')
    .option('--pin', 'go on without this process, until `hoplab bridge down`');
}

function ofPort(option: string) {
  return repeated((text: string): Of => {
    const at = text.indexOf('=');
    if (at < 1 || at === text.length - 1) throw usageError(`${option} takes DEV=VALUE, got "${text}"`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
}

export function toSpec(name: string, flags: UpFlags): BridgeSpec {
  const { port = [], mode, fdbSize = null, ageing = null, force = false } = flags;
  return {
    name,
    ports: port,
    mode,
    vlan: new Map(flags.vlan),
    allow: new Map((flags.allow ?? []).map(([dev, macs]) => [dev, macs.split(',')])),
    storm: new Map((flags.storm ?? []).map(([dev, limit]) => [dev, wholeNumber('--storm', 1, 1e9)(limit)])),
    peerNetns: new Map(flags.peerNetns),
    fdbSize,
    ageing,
    force,
  };
}
