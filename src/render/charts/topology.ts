// SPDX-License-Identifier: GPL-2.0-only
/** A path drawn from its plan: machines as frames, hops as boxes in the order of a packet, offloads as they were. */

import { HOST1, HOST2 } from '../../model/place.ts';
import { OFFLOADS, type Topology, type TopologyHop } from '../../results/run/topology.ts';
import { type Markup, markup } from '../markup.ts';
import { type ChartName, note, picture } from './frame.ts';
import { fixed } from './scale.ts';
import { forScreens, shortened } from './screens.ts';

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

/** The way of a request from the guest to host1: left to right, and on a phone downward. */
export function topologyDrawing(topology: Topology, name: ChartName): Markup {
  return forScreens(name, (screen, own) => (screen === 'desk' ? across(topology, own) : downward(topology, own)));
}

function across({ hops, vmm }: Topology, name: ChartName): Markup {
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

/** `link`: where the way goes down, beside the titles of the frames. */
const PHONE = { width: 340, box: 44, flags: 18, gap: 14, link: 270 } as const;

function downward({ hops, vmm }: Topology, name: ChartName): Markup {
  const parts: Markup[] = [];
  const x = PAD;
  const width = PHONE.width - 2 * PAD;
  let y: number = TOP;
  let before: number | null = null;
  for (const { where, hops: inside } of framesOf(hops)) {
    const heights = inside.map(({ offloads }) => PHONE.box + (offloads.some((on) => on !== null) ? PHONE.flags : 0));
    const content = heights.reduce((sum, height) => sum + height + PHONE.gap, -PHONE.gap);
    parts.push(
      markup`<rect class="frame w-${where}" x="1" y="${y}" width="${PHONE.width - 2}" height="${TITLE + content + PAD}" rx="8"/>${note(where === 'vmm' ? vmm : FRAMES[where], [x, y + 15], 'start', 'name')}`,
    );
    let top = y + TITLE;
    for (const [index, hop] of inside.entries()) {
      const height = heights[index] ?? PHONE.box;
      if (before !== null) parts.push(linkDown(before, top, index === 0 && where === HOST1));
      parts.push(flatBox(hop, { x, y: top, width, height }));
      before = top + height;
      top += height + PHONE.gap;
    }
    y += TITLE + content + PAD + (where === HOST2 ? 2 * PHONE.gap : PHONE.gap);
  }
  return picture({ ...name, kind: 'natural' }, { width: PHONE.width, height: y }, parts);
}

function linkDown(from: number, to: number, isWire: boolean): Markup {
  const at = PHONE.link;
  const label = isWire && note('wire', [at + 8, (from + to) / 2 + 4], 'start', 'name');
  return markup`<line class="${isWire ? 'wire' : 'way'}" x1="${at}" x2="${at}" y1="${from}" y2="${to}"/>${label}`;
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function flatBox(hop: TopologyHop, { x, y, width, height }: Area): Markup {
  const kind = kindOf(hop);
  return markup`<g class="hop w-${hop.where}"><rect class="box" x="${x}" y="${y}" width="${width}" height="${height}" rx="5"/>${note(shortened(hop.name, 40), [x + 8, y + 17], 'start', 'hop-name')}${note(shortened(hop.device, 26), [x + 8, y + 34], 'start', 'device')}${kind !== '' && note(shortened(kind, 22), [x + width - 8, y + 34], 'end', 'kind')}${flags(hop, [x + 8, y + 42], OFFLOADS.length)}</g>`;
}

/** "veth · MTU 1500". */
function kindOf({ driver, mtu }: TopologyHop): string {
  return [driver, mtu === null ? null : `MTU ${mtu}`].filter((word) => word !== null).join(' · ');
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
  const { name, device } = hop;
  const kind = kindOf(hop);
  const line = (text: string, row: number, style: string): Markup =>
    note(shortened(text, style === 'device' ? 15 : 20), [x + 8, y + 17 + row * 16], 'start', style);
  return markup`<g class="hop w-${hop.where}"><title>${name}: ${device}${kind !== '' && `, ${kind}`}${offloadText(hop) !== '' && `, ${offloadText(hop)}`}</title><rect class="box" x="${fixed(x)}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="5"/>${line(name, 0, 'hop-name')}${line(device, 1, 'device')}${kind !== '' && line(kind, 2, 'kind')}${flags(hop, [x + 8, y + 58], FLAG.perRow)}</g>`;
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

function flags({ offloads }: TopologyHop, [x, y]: readonly [number, number], perRow: number): Markup | null {
  const known = OFFLOADS.flatMap((name, index) => {
    const on = offloads[index] ?? null;
    return on === null ? [] : [{ name, on }];
  });
  if (known.length === 0) return null;
  return markup`${known.map(({ name, on }, index) => {
    const left = x + (index % perRow) * (FLAG.width + FLAG.gap);
    const top = y + Math.floor(index / perRow) * (FLAG.height + FLAG.gap);
    return markup`<g class="flag ${on ? 'on' : 'off'}"><rect x="${fixed(left)}" y="${fixed(top)}" width="${FLAG.width}" height="${FLAG.height}" rx="2"/>${note(name, [left + FLAG.width / 2, top + 10.5], 'middle', 'flag-name')}</g>`;
  })}`;
}
