// SPDX-License-Identifier: GPL-2.0-only
/** The kinds of wires that there are: the one array; a new kind is a folder and a line here. */
import { veth } from './veth/veth.ts';
import type { WireKind } from './wire.ts';

export const wires: readonly WireKind[] = [veth];

/** What a path has where nothing else is asked for. */
export const DEFAULT_WIRE = veth;

/** Throws on a kind that there is not: plans are made by hoplab itself. */
export function wireOf(kind: string): WireKind {
  const found = wires.find((wire) => wire.kind === kind);
  if (found === undefined) throw new Error(`no wire of kind ${kind}`);
  return found;
}
