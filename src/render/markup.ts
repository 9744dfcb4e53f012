// SPDX-License-Identifier: GPL-2.0-only
/** HTML and SVG as a type of its own: text becomes markup by the tag below alone, which escapes it. */
import { HARMFUL } from '../words/plain-text.ts';

/** Markup that is safe to put into a page: made by `markup` and `join`, never from text. */
export class Markup {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }

  /** @internal For the tag, and for what is our own in whole: the stylesheet and the script of a page. */
  static ofOurOwn(text: string): Markup {
    return new Markup(text);
  }
}

/** What may stand between the parts of a template; null, undefined and false stand for nothing. */
export type Piece = Markup | string | number | null | undefined | false | readonly Piece[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Text for an element or a quoted attribute. Control characters, marks that turn the reading direction and halves of
 * surrogate pairs become blanks: a page is read in terminals and editors too, and SVG cannot hold them at all.
 */
export function escapeText(text: string): string {
  return text
    .replace(HARMFUL, (sign) => (sign === '\n' ? sign : ' '))
    .replace(/[\ufffe\uffff]/g, ' ')
    .replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
}

/** The tag of a template: everything that is put into it is escaped, unless it is markup already. */
export function markup(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  let text = parts[0] ?? '';
  for (const [index, piece] of pieces.entries()) text += render(piece) + (parts[index + 1] ?? '');
  return Markup.ofOurOwn(text);
}

function render(piece: Piece): string {
  if (piece === null || piece === undefined || piece === false) return '';
  if (piece instanceof Markup) return piece.toString();
  if (typeof piece === 'string') return escapeText(piece);
  if (typeof piece === 'number') return String(piece);
  return piece.map(render).join('');
}
