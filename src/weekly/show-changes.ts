// SPDX-License-Identifier: GPL-2.0-only
/** The changes of a draft for a reader: place and reason, then the lines that went and those that came. */
import { HARMFUL } from '../words/plain-text.ts';
import type { Change } from './edits.ts';

export function showChanges(changes: readonly Change[]): string {
  if (changes.length === 0) return 'nothing was changed\n';
  const groups: { place: string; why: string; lines: string[] }[] = [];
  for (const { place, why, before, after } of changes) {
    const lines = [...shown('-', before), ...shown('+', after)];
    const last = groups.at(-1);
    if (last !== undefined && last.place === place && last.why === why) last.lines.push(...lines);
    else groups.push({ place, why, lines });
  }
  return groups.map(({ place, why, lines }) => `${clean(place)}: ${clean(why)}\n${lines.join('\n')}\n`).join('\n');
}

function shown(sign: string, lines: readonly string[]): string[] {
  return lines.filter((line) => line.trim() !== '').map((line) => `${sign} ${clean(line)}`);
}

function clean(text: string): string {
  return text.replace(HARMFUL, (sign) => (sign === '\t' ? sign : ' '));
}
