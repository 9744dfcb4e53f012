// SPDX-License-Identifier: GPL-2.0-only
/** A planned block in its reader's words: probe, round or draw, and paths. Its id is for files. */
import type { PlannedBlock } from '../model/plan.ts';
import { plainText } from './plain-text.ts';

/** More paths than these are counted. */
const MOST_NAMED = 3;

type NamedBlock = Pick<PlannedBlock, 'part' | 'probe' | 'paths' | 'draw' | 'trace'>;

/** "tcp-rr, round 2 of 4: 7 paths in rotation", "tcp-rr, draw 2 of 4: ovs against tap", "pair 2 of 4, traced: tap and ebpf". */
export function blockName(block: NamedBlock, { blocks }: { readonly blocks: readonly NamedBlock[] }): string {
  const alike = blocks.filter((other) => keyOf(other) === keyOf(block));
  return plainText(`${part(block, alike)}: ${whose(block)}`);
}

function keyOf({ part, probe, paths, trace }: NamedBlock): string {
  return JSON.stringify([part, probe.name, paths, trace?.traced ?? null]);
}

function part(block: NamedBlock, alike: readonly NamedBlock[]): string {
  const { probe, draw, trace } = block;
  // A draw that was added to the plan is one of an unknown number.
  const counted = (what: string, index: number) =>
    `${what} ${index + 1}${index < alike.length ? ` of ${alike.length}` : ''}`;
  if (trace !== undefined) return `${counted('pair', trace.pair)}, ${trace.traced ? 'traced' : 'not traced'}`;
  if (draw !== null) return `${probe.name}, ${counted('draw', draw.draw)}`;
  return `${probe.name}, ${counted('round', Math.max(0, alike.indexOf(block)))}`;
}

function whose({ paths, draw }: NamedBlock): string {
  if (draw !== null) return paths.join(' against ');
  return paths.length > MOST_NAMED ? `${paths.length} paths in rotation` : paths.join(' and ');
}
