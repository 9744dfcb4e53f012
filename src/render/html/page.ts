// SPDX-License-Identifier: GPL-2.0-only
/** One self-contained page of one or several recorded folders: no reference to anything outside of it. */
import { createHash } from 'node:crypto';
import { Markup, markup, type Piece } from '../markup.ts';
import { answerSection } from './answer-section.ts';
import { environmentsSection } from './environment-section.ts';
import type { Paged } from './page-form.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { pathsSection, runsSection } from './runs-section.ts';
import type { Section, SectionContext } from './section.ts';
import { STYLESHEET } from './stylesheet.ts';

/** The text of an HTML file that works from file://, without a network, without scripts, on paper. */
export function renderHtml(all: readonly Paged[], version: string): string {
  const [only, second] = all;
  const single = only !== undefined && second === undefined;
  const title = single ? titleOf(only) : `hoplab: ${all.length} runs`;
  const main = single ? singlePage(only) : severalPage(all);
  return String(markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy()}"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="generator" content="hoplab ${version}"><title>${title}</title><style>${Markup.ofOurOwn(STYLESHEET)}</style></head>
<body><a class="skip" href="#main">to the content</a><header><h1>${single ? headingOf(only) : title}</h1>${main.head}</header>
<nav class="contents" aria-label="contents"><ul>${main.contents.map(({ id, title: text }) => markup`<li><a href="#${id}">${text}</a></li>`)}</ul></nav>
<main id="main" tabindex="-1">${main.body}</main>
<footer class="lead"><p>Made by hoplab ${version}. This file needs nothing but itself.</p></footer>
<script>${Markup.ofOurOwn(PAGE_SCRIPT)}</script></body></html>
`);
}

/** The stylesheet and the script by their hashes, and nothing else at all. */
function policy(): string {
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return `default-src 'none'; style-src ${hash(STYLESHEET)}; script-src ${hash(PAGE_SCRIPT)}; base-uri 'none'; form-action 'none'`;
}

/** The id whole: it is what is copied. */
function headingOf({ kind, id }: Paged): Markup {
  return markup`hoplab ${kind} <span class="id">${id}</span>`;
}

interface PageParts {
  readonly head: Markup;
  readonly contents: readonly Pick<Section, 'id' | 'title'>[];
  readonly body: Markup;
}

function titleOf({ kind, id }: Paged): string {
  return `hoplab ${kind} ${id}`;
}

function singlePage(one: Paged): PageParts {
  const sections = one.page.sections({ prefix: '', level: 3 });
  return { head: headOf(one), contents: sections, body: markup`${sections.map(sectionMarkup)}` };
}

function sectionMarkup({ id, title, body }: Section): Markup {
  return markup`<section id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h">${title}</h2>${body}</section>
`;
}

/** What stands under the title, and what must be known first. */
function headOf({ page: { lead, alert } }: Paged): Markup {
  return markup`${lead.map((line) => markup`<p class="lead">${line}</p>`)}${alert}`;
}

function severalPage(all: readonly Paged[]): PageParts {
  const parts = all.map((one, index) => ({
    one,
    id: `r${index + 1}`,
    title: titleOf(one).replace(/^hoplab /, ''),
  }));
  const ids = parts.map(({ id }) => id);
  const context: SectionContext = { prefix: 'all-', level: 3 };
  const environments = all.flatMap(({ id, page: { environment } }) =>
    environment === undefined ? [] : [{ name: id, environment }],
  );
  const over = [
    answerSection(answersOf(all), context),
    runsSection(all, ids, context),
    pathsSection(all, context),
    environments.length > 1 ? environmentsSection(environments, context) : null,
  ].filter((section) => section !== null);
  return {
    head: markup``,
    contents: [...over, ...parts],
    body: markup`${over.map(sectionMarkup)}${parts.map(articleMarkup)}`,
  };
}

/** Of more the table of runs has a row each. */
const MOST_ANSWERS = 5;

/** The first line of each, by its number in the table of runs. */
function answersOf(all: readonly Paged[]): Piece[] {
  const lines = all.flatMap(({ page: { answer } }, index) => {
    const [first] = answer ?? [];
    return first === undefined ? [] : [markup`#${index + 1} ${first}`];
  });
  return lines.length > MOST_ANSWERS ? [] : lines;
}

interface Part {
  readonly one: Paged;
  readonly id: string;
  readonly title: string;
}

function articleMarkup({ one, id, title }: Part): Markup {
  const sections = one.page.sections({ prefix: `${id}-`, level: 4 });
  const links = sections.map((section) => markup`<li><a href="#${section.id}">${section.title}</a></li>`);
  return markup`<article id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h">${title}</h2>${headOf(one)}<nav class="contents" aria-label="contents of ${title}"><ul>${links}</ul></nav>${sections.map(
    (section) => markup`<section id="${section.id}"><h3>${section.title}</h3>${section.body}</section>`,
  )}</article>
`;
}
