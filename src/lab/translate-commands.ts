/** Commands that name the devices and addresses of one path, for another path that does the same: a twin, a cured one. */
import { deviceName } from '../backends/common.ts';
import type { LabCommand, PathPlace } from '../model/lab-spec.ts';
import { macPrefix, subnets } from './addressing.ts';

/** Every device, address and MAC of `from` becomes that of `to`; other words stay as they are. */
export function translateCommands(commands: readonly LabCommand[], from: PathPlace, to: PathPlace): LabCommand[] {
  if (from.path === to.path && from.index === to.index) return [...commands];
  return commands.map(({ on, run }) => ({ on, run: run.map((word) => translate(word, from, to)) }));
}

function translate(word: string, from: PathPlace, to: PathPlace): string {
  // "w-tap", also inside "net.ipv4.conf.w-tap.rp_filter=1".
  const device = new RegExp(`(?<![\\w-])([a-z]\\d{0,2})-(?:${from.path}|${from.index})(?![\\w-])`, 'g');
  const renamed = word.replaceAll(device, (name, prefix: string) =>
    name === deviceName(prefix, from) ? deviceName(prefix, to) : name,
  );
  const theirs = subnets(to.index);
  const moved = subnets(from.index).reduce(
    (text, subnet, i) =>
      text.replaceAll(new RegExp(`(?<![\\d.])${subnet.replaceAll('.', '\\.')}`, 'g'), theirs[i] ?? subnet),
    renamed,
  );
  return moved.replaceAll(macPrefix(from.index), macPrefix(to.index));
}
