// SPDX-License-Identifier: GPL-2.0-only
/**
 * The colour of each backend, the same in every page, chart and dashboard. Chosen by a search for the largest least distance in
 * OKLab (Ottosson, 2020) between any two of them, and the grey of a twin, as they are and as three kinds of colour blindness see
 * them (Machado and others, IEEE TVCG 15, 2009): 0.1 or more, with a contrast of 3 or more on the page.
 */
interface BackendColours {
  /** On white. */
  readonly light: string;
  /** On a dark page. */
  readonly dark: string;
  /** Select graphic rendition of ECMA-48: what it looks like, and its contrast, is the terminal's own affair. */
  readonly terminal: number;
}

const COLOURS: ReadonlyMap<string, BackendColours> = new Map([
  ['host', { light: '#7f0410', dark: '#c8002e', terminal: 31 }],
  ['user', { light: '#3522b8', dark: '#8333e5', terminal: 36 }],
  ['passt', { light: '#b5871d', dark: '#fcb734', terminal: 33 }],
  ['tap', { light: '#228ad4', dark: '#5ca5fc', terminal: 34 }],
  ['macvtap', { light: '#136f5a', dark: '#1ddeb6', terminal: 32 }],
  ['ovs', { light: '#622b55', dark: '#9b478e', terminal: 35 }],
  ['ebpf', { light: '#ad350f', dark: '#f36b00', terminal: 91 }],
  ['passthrough', { light: '#06151f', dark: '#fcfc90', terminal: 92 }],
]);

/** Of an A/A control, whatever its backend: it is no path to choose. */
const TWIN: BackendColours = { light: '#7d848c', dark: '#8b949e', terminal: 90 };
/** Of a backend that this version does not know. */
const UNKNOWN: BackendColours = { light: '#1b1f24', dark: '#e6eaef', terminal: 39 };

export function backendColours(kind: string): BackendColours {
  return COLOURS.get(kind) ?? UNKNOWN;
}

/** The class of what is drawn for a path: `var(--c)` is its colour. */
export function colourClass({ backend, isTwin }: { readonly backend: string; readonly isTwin: boolean }): string {
  if (isTwin) return 'b-twin';
  return COLOURS.has(backend) ? `b-${backend}` : 'b-unknown';
}

/** Declarations for one kind of page. */
export function colourStyles(scheme: 'light' | 'dark'): string {
  const all = [...COLOURS, ['twin', TWIN] as const, ['unknown', UNKNOWN] as const];
  return all.map(([name, colours]) => `.b-${name}{--c:${colours[scheme]}}`).join('');
}
