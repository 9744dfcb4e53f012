// SPDX-License-Identifier: GPL-2.0-only
/** A command as it is run in a network namespace of this machine. */
import type { Place } from '../../model/place.ts';

/** Programs of iproute2 that enter a namespace by themselves. */
const WITH_NETNS: readonly string[] = ['ip', 'tc', 'bridge'];

/**
 * null = the lab's machine as a whole: files of the lab, the namespaces themselves, what lies between two of them. What a user
 * typed is not rewritten, whatever program it starts.
 */
export function argvOn(
  place: Place | null,
  argv: readonly string[],
  { asTyped = false }: { readonly asTyped?: boolean } = {},
): readonly string[] {
  if (place === null) return argv;
  const [program = '', ...words] = argv;
  if (asTyped || !WITH_NETNS.includes(program)) return ['ip', 'netns', 'exec', place, ...argv];
  return [program, '-n', place, ...words];
}
