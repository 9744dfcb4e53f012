// SPDX-License-Identifier: GPL-2.0-only
/** Commands that were written for one path, as another path of the same kind needs them. Pure. */
import { deviceName } from '../../backends/common.ts';
import { ladderPrefix6 } from '../../diagnose/ladder.ts';
import type { LabCommand, NumberedPath } from '../../model/lab-spec.ts';
import { addressesOf } from './addressing.ts';

/**
 * Devices, addresses, MACs and ports of `from` become those of `to`. What the commands made themselves keeps its name:
 * two paths of one lab cannot both have it.
 */
export function moveCommands(
  commands: readonly LabCommand[],
  { from, to }: { readonly from: NumberedPath; readonly to: NumberedPath },
): LabCommand[] {
  const own = addressesOf(from.path, from.index);
  const other = addressesOf(to.path, to.index);
  // "w-tap", "b1-tap"; a path whose name is too long has its number there.
  const device = new RegExp(`(?<![\\w-])([a-z]{1,2}\\d{0,2})-(?:${from.path}|${from.index})(?![\\w-])`, 'g');
  const texts: readonly (readonly [RegExp, string])[] = [
    [starting(subnetOf(own.guestAddress)), subnetOf(other.guestAddress)],
    [starting(ladderPrefix6(from.index)), ladderPrefix6(to.index)],
    [starting(stemOf(own.guestMac)), stemOf(other.guestMac)],
    [new RegExp(`(?<![\\w.:-])${own.port}(?![\\w.:])`, 'g'), `${other.port}`],
  ];
  const move = (word: string) =>
    texts.reduce(
      (text, [pattern, instead]) => text.replaceAll(pattern, instead),
      word.replaceAll(device, (name: string, prefix: string) =>
        name === deviceName(prefix, from) ? deviceName(prefix, to) : name,
      ),
    );
  return commands.map(({ on, run }) => ({ on, run: run.map(move) }));
}

/** "10.99.4." and "02:68:6c:00:04:": all but the last part. */
function subnetOf(address: string): string {
  return address.replace(/\d+$/, '');
}

function stemOf(mac: string): string {
  return mac.replace(/[^:]+$/, '');
}

function starting(text: string): RegExp {
  return new RegExp(`(?<![\\w.:])${text.replaceAll('.', '\\.')}`, 'gi');
}
