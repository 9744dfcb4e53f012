// SPDX-License-Identifier: GPL-2.0-only
/** The kinds of wires that there are: the one array; a new kind is a folder and a line here. */
import { uplink } from './uplink/uplink.ts';
import { veth } from './veth/veth.ts';
import type { WireKind } from './wire.ts';

/** The first is what a path has that names none. */
export const wires: readonly WireKind[] = [veth, uplink];

/** The kind that a path names, or that of a path that names none. Throws a plain Error for any other word: that is a bug. */
export function wireOf(kind: string | undefined): WireKind {
  const found = kind === undefined ? wires[0] : wires.find((wire) => wire.kind === kind);
  if (found === undefined) throw new Error(`no wire of kind ${kind}`);
  return found;
}
