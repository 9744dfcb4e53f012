// SPDX-License-Identifier: GPL-2.0-only
/** How the text looks: its width, its colours, and the characters that a plain terminal lacks. */
import { backendColours } from '../backend-colours.ts';

export interface TextOptions {
  /** Columns of the terminal; lines are laid out and wrapped to it. */
  readonly width: number;
  readonly colour: boolean;
  /** True: nothing but ASCII, for LANG=C. */
  readonly ascii: boolean;
}

export type Tone = 'plain' | 'heading' | 'faint' | 'warning' | 'error' | 'good';

/** The select graphic rendition codes of ECMA-48. */
const CODES: Readonly<Record<Tone, string>> = {
  plain: '0',
  heading: '1',
  faint: '2',
  warning: '33',
  error: '31',
  good: '32',
};

/** The text in a tone, or as it is where no colour was asked for. */
export function paint(text: string, tone: Tone, { colour }: Pick<TextOptions, 'colour'>): string {
  return colour && text !== '' && tone !== 'plain' ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text;
}

/** A part of a chart in the colour of its path's backend. */
export function paintBackend(text: string, kind: string, { colour }: Pick<TextOptions, 'colour'>): string {
  return colour && text !== '' ? `\u001b[${backendColours(kind).terminal}m${text}\u001b[0m` : text;
}

/** Signs with a plain counterpart of as many characters, so that columns stay in line. */
const PLAIN: Readonly<Record<string, string>> = {
  ...{ '·': '|', '–': '-', '’': "'", '\u00a0': ' ' },
  // Bars, by height.
  ...{ '▁': '_', '▂': '.', '▃': '-', '▄': '=', '▅': '+', '▆': '*', '▇': 'H', '█': '#' },
};

/** In ASCII mode every other character becomes its plain counterpart, or a question mark. */
export function plainSigns(text: string, { ascii }: Pick<TextOptions, 'ascii'>): string {
  if (!ascii) return text;
  return text.replaceAll('± ', '+-').replace(/(?!\p{Cc})[^ -~]/gu, (sign) => PLAIN[sign] ?? '?');
}
