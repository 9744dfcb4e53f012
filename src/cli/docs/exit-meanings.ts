// SPDX-License-Identifier: GPL-2.0-only
/** The exit codes of all commands with what they mean, in the order of the codes. */
import { EXIT, EXIT_MEANS } from '../command.ts';

export function exitMeanings(): readonly (readonly [number, string])[] {
  const names = Object.keys(EXIT).filter((name): name is keyof typeof EXIT => name in EXIT_MEANS);
  return names.map((name) => [EXIT[name], EXIT_MEANS[name]]);
}
