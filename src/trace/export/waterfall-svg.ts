// SPDX-License-Identifier: GPL-2.0-only
/** A breakdown as a picture: a static SVG of nested bars over time, readable on dark and on light, without scripts. Pure. */
import type { ShapeBreakdown } from '../../model/trace-breakdown.ts';
import type { TraceStep } from '../../model/trace-timelines.ts';
import { isGuestMachine } from '../../model/traced-machine.ts';

export interface WaterfallOptions {
  readonly title: string;
  /** Under the title: "2000 transactions, clock bound 7.3 us". */
  readonly subtitle?: string;
}

const WIDTH = 960;
const LABEL = 330;
const RIGHT = 90;
const ROW = 20;
const TOP = 64;
const BOTTOM = 36;
const BAR = 12;
const TICKS = 5;

/** Mid tones, which have contrast enough on white and on black; text takes the page's own colour scheme. */
const STYLE = `text{font:12px system-ui,sans-serif;fill:#1a1a1a}.t{font-size:15px;font-weight:600}.n{fill:#5f6368}
.g{fill:#2f80d0}.h{fill:#c9711a}.c{fill:#7d5bb5}.e{stroke:#5f6368;stroke-width:1.5}.l{stroke:#9aa0a6;stroke-opacity:.35}
@media(prefers-color-scheme:dark){text{fill:#e8eaed}.n{fill:#9aa0a6}.e{stroke:#bdc1c6}}`;

/** Bars are means, one under the other where the one before ended; a whisker ends where p99 would. */
export function waterfallSvg({ segments, total }: ShapeBreakdown, { title, subtitle = '' }: WaterfallOptions): string {
  const height = TOP + segments.length * ROW + BOTTOM;
  const scale = (WIDTH - LABEL - RIGHT) / Math.max(total.meanNs, 1);
  let atNs = 0;
  const rows = segments.map(({ from, to, meanNs, p99Ns, boundNs }, index) => {
    const y = TOP + index * ROW;
    const x = LABEL + atNs * scale;
    const wide = Math.max(meanNs * scale, 1);
    const tail = Math.min(LABEL + (atNs + p99Ns) * scale, WIDTH - RIGHT);
    atNs += meanNs;
    const bound = boundNs === null ? '' : ` ± ${microseconds(boundNs)}`;
    return [
      `<g><title>${xmlText(`${nameOf(from)} to ${nameOf(to)}: mean ${microseconds(meanNs)}${bound}, p99 ${microseconds(p99Ns)}`)}</title>`,
      `<text x="${LABEL - 8}" y="${y + 11}" text-anchor="end">${xmlText(shortened(nameOf(to)))}</text>`,
      `<rect class="${colourOf(from, to)}" x="${fixed(x)}" y="${y}" width="${fixed(wide)}" height="${BAR}" rx="2"/>`,
      `<line class="e" x1="${fixed(x + wide)}" x2="${fixed(Math.max(tail, x + wide))}" y1="${y + BAR / 2}" y2="${y + BAR / 2}"/>`,
      `<text class="n" x="${WIDTH - 8}" y="${y + 11}" text-anchor="end">${xmlText(microseconds(meanNs) + bound)}</text></g>`,
    ].join('');
  });
  const ticks = Array.from({ length: TICKS + 1 }, (_, index) => {
    const x = LABEL + ((WIDTH - LABEL - RIGHT) * index) / TICKS;
    const line = `<line class="l" x1="${fixed(x)}" x2="${fixed(x)}" y1="${TOP - 6}" y2="${height - BOTTOM + 4}"/>`;
    return `${line}<text class="n" x="${fixed(x)}" y="${height - 12}" text-anchor="middle">${microseconds((total.meanNs * index) / TICKS)}</text>`;
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" color-scheme="light dark">`,
    `<title>${xmlText(title)}</title><style>${STYLE}</style>`,
    `<text class="t" x="8" y="22">${xmlText(title)}</text><text class="n" x="8" y="42">${xmlText(subtitle)}</text>`,
    ...['g', 'h', 'c'].map((name, index) => {
      const words = { g: 'guest', h: 'host', c: 'between' }[name] ?? '';
      const x = WIDTH - 240 + index * 80;
      return `<rect class="${name}" x="${x}" y="12" width="${BAR}" height="${BAR}" rx="2"/><text x="${x + 18}" y="22">${words}</text>`;
    }),
    ...ticks,
    ...rows,
    '</svg>',
  ].join('\n')}\n`;
}

function colourOf(from: TraceStep, to: TraceStep): string {
  return from.machine !== to.machine ? 'c' : isGuestMachine(from.machine) ? 'g' : 'h';
}

function nameOf({ machine, place, device, point, side }: TraceStep): string {
  const where = [...new Set([machine, place, device])].filter((word) => word !== '').join(' ');
  return side === 'task' ? `${where} ${point}` : `${where} ${point} (${side})`;
}

const MOST_LETTERS = 48;

function shortened(text: string): string {
  const letters = [...text];
  return letters.length <= MOST_LETTERS ? text : `${letters.slice(0, MOST_LETTERS - 1).join('')}…`;
}

function microseconds(ns: number): string {
  return `${(ns / 1000).toFixed(ns < 100_000 ? 1 : 0)} us`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}

/** For XML text; characters that XML 1.0 cannot hold at all are replaced. */
function xmlText(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text
    .replace(/[&<>"]/g, (letter: string) => entities[letter] ?? '')
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
}
