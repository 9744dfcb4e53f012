// SPDX-License-Identifier: GPL-2.0-only
/** A path drawn from its plan: machines as frames, hops as boxes in the order of a packet, offloads as they were. */

import { HOST1, HOST2 } from '../../model/place.ts';
import { OFFLOADS, type Topology, type TopologyHop } from '../../results/run/topology.ts';
import { type Markup, markup } from '../markup.ts';
import { type ChartName, note, picture } from './frame.ts';
import { fixed } from './scale.ts';
import { shortened } from './screens.ts';

const BOX = { width: 124, height: 96 } as const;
const GAP = 22;
const PAD = 12;
const TITLE = 22;
const TOP = 12;
/** Of the text of a frame, about. */
const LETTER = 6.6;

/** What a frame around hops stands for. */
const FRAMES = {
  guest: 'guest',
  host2: 'host2: runs the guests',
  host1: 'host1: the remote machine',
} as const satisfies Record<Exclude<TopologyHop['where'], 'vmm'>, string>;

interface Frame {
  readonly where: TopologyHop['where'];
  readonly hops: readonly TopologyHop[];
}

/** Left to right, the way of a request from the guest to host1. */
export function topologyDrawing({ hops, vmm }: Topology, name: ChartName): Markup {
  const frames: Markup[] = [];
  const links: Markup[] = [];
  const boxes: Markup[] = [];
  const middle = TOP + TITLE + BOX.height / 2;
  let x = 4;
  let before: number | null = null;
  for (const { where, hops: inside } of framesOf(hops)) {
    const label = where === 'vmm' ? vmm : FRAMES[where];
    const content = inside.length * (BOX.width + GAP) - GAP;
    const width = Math.max(content, label.length * LETTER) + 2 * PAD;
    const first = x + (width - content) / 2;
    frames.push(
      markup`<rect class="frame w-${where}" x="${fixed(x)}" y="${TOP}" width="${fixed(width)}" height="${TITLE + BOX.height + PAD}" rx="8"/>${note(label, [x + PAD, TOP + 15], 'start', 'name')}`,
    );
    for (const [index, hop] of inside.entries()) {
      const left: number = first + index * (BOX.width + GAP);
      if (before !== null) links.push(link(before, left, middle, index === 0 && where === HOST1));
      boxes.push(box(hop, left, TOP + TITLE));
      before = left + BOX.width;
    }
    x += width + (where === HOST2 ? 3 * GAP : GAP);
  }
  const size = { width: Math.max(x, 200), height: TOP + TITLE + BOX.height + 2 * PAD };
  return picture({ ...name, kind: 'natural' }, size, [...frames, ...links, ...boxes]);
}

/** Hops that follow each other at one place are in one frame. */
function framesOf(hops: readonly TopologyHop[]): Frame[] {
  const frames: { where: TopologyHop['where']; hops: TopologyHop[] }[] = [];
  for (const hop of hops) {
    const last = frames.at(-1);
    if (last?.where === hop.where) last.hops.push(hop);
    else frames.push({ where: hop.where, hops: [hop] });
  }
  return frames;
}

function link(from: number, to: number, y: number, isWire: boolean): Markup {
  const label = isWire && note('wire', [(from + to) / 2, y - 7], 'middle', 'name');
  return markup`<line class="${isWire ? 'wire' : 'way'}" x1="${fixed(from)}" x2="${fixed(to)}" y1="${y}" y2="${y}"/>${label}`;
}

function box(hop: TopologyHop, x: number, y: number): Markup {
  const { name, device, driver, mtu } = hop;
  const kind = [driver, mtu === null ? null : `MTU ${mtu}`].filter((word) => word !== null).join(' · ');
  const line = (text: string, row: number, style: string): Markup =>
    note(shortened(text, style === 'device' ? 15 : 20), [x + 8, y + 17 + row * 16], 'start', style);
  return markup`<g class="hop w-${hop.where}"><title>${name}: ${device}${kind !== '' && `, ${kind}`}${offloadText(hop) !== '' && `, ${offloadText(hop)}`}</title><rect class="box" x="${fixed(x)}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="5"/>${line(name, 0, 'hop-name')}${line(device, 1, 'device')}${kind !== '' && line(kind, 2, 'kind')}${flags(hop, x + 8, y + 58)}</g>`;
}

/** "on: rx, tx; off: lro"; empty where nothing is known. */
export function offloadText({ offloads }: TopologyHop): string {
  const named = (on: boolean): string => OFFLOADS.filter((_, index) => offloads[index] === on).join(', ');
  return [
    ['on', named(true)],
    ['off', named(false)],
  ]
    .filter(([, names]) => names !== '')
    .map(([state, names]) => `${state}: ${names}`)
    .join('; ');
}

const FLAG = { width: 25, height: 14, gap: 2, perRow: 4 } as const;

function flags({ offloads }: TopologyHop, x: number, y: number): Markup | null {
  const known = OFFLOADS.flatMap((name, index) => {
    const on = offloads[index] ?? null;
    return on === null ? [] : [{ name, on }];
  });
  if (known.length === 0) return null;
  return markup`${known.map(({ name, on }, index) => {
    const left = x + (index % FLAG.perRow) * (FLAG.width + FLAG.gap);
    const top = y + Math.floor(index / FLAG.perRow) * (FLAG.height + FLAG.gap);
    return markup`<g class="flag ${on ? 'on' : 'off'}"><rect x="${fixed(left)}" y="${fixed(top)}" width="${FLAG.width}" height="${FLAG.height}" rx="2"/>${note(name, [left + FLAG.width / 2, top + 10.5], 'middle', 'flag-name')}</g>`;
  })}`;
}
