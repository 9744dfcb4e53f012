// SPDX-License-Identifier: GPL-2.0-only
/** A command as it is run in a network namespace of this machine. */
import { isPlace, type Where } from '../../model/place.ts';

/** Programs of iproute2 that enter a namespace by themselves. */
const WITH_NETNS: readonly string[] = ['ip', 'tc', 'bridge'];

/** What a user typed is not rewritten, whatever program it starts. */
export function argvOn(
  where: Where,
  argv: readonly string[],
  { asTyped = false }: { readonly asTyped?: boolean } = {},
): readonly string[] {
  if (!isPlace(where)) return argv;
  const [program = '', ...words] = argv;
  if (asTyped || !WITH_NETNS.includes(program)) return ['ip', 'netns', 'exec', where, ...argv];
  return [program, '-n', where, ...words];
}
