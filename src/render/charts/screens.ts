// SPDX-License-Identifier: GPL-2.0-only
/** A chart is drawn twice: for a desk and for paper, and for a phone, which has room for less beside each other. */
import { type Markup, markup } from '../markup.ts';
import type { ChartName } from './frame.ts';

export type Screen = 'desk' | 'phone';

/** Both; the page shows the one that its width has room for. */
export function forScreens(name: ChartName, draw: (screen: Screen, name: ChartName) => Markup): Markup {
  return markup`<div class="on-desk">${draw('desk', name)}</div><div class="on-phone">${draw('phone', { ...name, id: `${name.id}-phone` })}</div>`;
}

/** Cut to so many letters, the last of them a sign that it is. */
export function shortened(text: string, most: number): string {
  const letters = [...text];
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join('')}…`;
}
