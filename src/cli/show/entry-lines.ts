// SPDX-License-Identifier: GPL-2.0-only
/** A finding about this machine in lines: yes, no or unknown, its name, what was found, and what would change it. */
import { padEnd } from '../../words/text-width.ts';
import { wrap } from '../../words/wrap.ts';

export interface Entry {
  readonly state: keyof typeof SIGNS;
  readonly name: string;
  readonly found: string;
  /** "" = nothing would change it. */
  readonly hint: string;
}

const SIGNS = { yes: 'yes ', no: 'no  ', open: '?   ' } as const;
/** As long as the longest name. */
const NAME = 26;
/** Below this a column for names leaves too little for the rest. */
const WIDE = 90;

export function entryLines({ state, name, found, hint }: Entry, width: number): string[] {
  const sign = `  ${SIGNS[state]} `;
  const rest = ' '.repeat(width < WIDE ? sign.length + 2 : sign.length + NAME + 1);
  const first = width < WIDE ? sign : `${sign}${padEnd(name, NAME)} `;
  return [
    ...wrap(width < WIDE ? `${name}: ${found}` : found, { width, first, rest }),
    ...(hint === '' ? [] : wrap(hint, { width, first: `${rest}-> `, rest: `${rest}   ` })),
  ];
}
