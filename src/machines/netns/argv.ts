// SPDX-License-Identifier: GPL-2.0-only
/** A command as it is run in a network namespace of this machine. */
import type { Place } from '../../model/place.ts';

/** Programs of iproute2 that enter a namespace by themselves. */
const WITH_NETNS: readonly string[] = ['ip', 'tc', 'bridge'];

/** null = the lab's machine as a whole: files of the lab, the namespaces themselves, what lies between two of them. */
export function argvOn(place: Place | null, argv: readonly string[]): readonly string[] {
  if (place === null) return argv;
  const [program = '', ...words] = argv;
  return WITH_NETNS.includes(program) ? [program, '-n', place, ...words] : ['ip', 'netns', 'exec', place, ...argv];
}
