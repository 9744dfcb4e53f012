// SPDX-License-Identifier: GPL-2.0-only
/** The sections of one recorded folder as text, for a page of any making. */
import type { PageForm } from './page-form.ts';
import type { Section } from './section.ts';

export interface HtmlSection {
  /** Unique among the sections of a folder. */
  readonly id: string;
  readonly title: string;
  /** Without the section's own heading; headings in it begin at h3. */
  readonly html: string;
}

/**
 * They need the stylesheet, and work without the script. No inline style and no inline handler is in them, so that a strict
 * content security policy lets them through.
 */
export function htmlSections(page: PageForm): HtmlSection[] {
  return page.sections({ prefix: '', level: 3 }).map(({ id, title, body }) => ({ id, title, html: String(body) }));
}

/** Those that there are, of several that may have nothing to show. */
export function present(sections: readonly (Section | null)[]): Section[] {
  return sections.filter((section) => section !== null);
}
