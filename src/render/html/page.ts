/** One self-contained page of one or several subjects: no reference to anything outside of it. */
import { createHash } from 'node:crypto';
import type { Subject } from '../../results/subject.ts';
import { subjectId } from '../../results/subject.ts';
import { formatMoment } from '../../words/format.ts';
import { Markup, markup } from '../markup.ts';
import { footTexts } from '../text/foot.ts';
import { environmentsSection } from './environment-section.ts';
import { alerts } from './limits-section.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { pathsSection, runsSection } from './runs-section.ts';
import type { Section, SectionContext } from './section.ts';
import { sectionsOf } from './sections.ts';
import { STYLESHEET } from './stylesheet.ts';

/** The text of an HTML file that works from file://, without a network, without scripts, on paper. */
export function renderHtml(subjects: readonly Subject[], version: string): string {
  const [only, second] = subjects;
  const single = only !== undefined && second === undefined;
  const title = single ? titleOf(only) : `hoplab: ${subjects.length} runs`;
  const main = single ? singlePage(only) : severalPage(subjects);
  return String(markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy()}"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="generator" content="hoplab ${version}"><title>${title}</title><style>${Markup.ofOurOwn(STYLESHEET)}</style></head>
<body><a class="skip" href="#main">to the content</a><header><h1>${title}</h1>${main.head}</header>
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

interface PageParts {
  readonly head: Markup;
  readonly contents: readonly Pick<Section, 'id' | 'title'>[];
  readonly body: Markup;
}

function titleOf(subject: Subject): string {
  return `hoplab ${subject.kind} ${subjectId(subject)}`;
}

function singlePage(subject: Subject): PageParts {
  const sections = sectionsOf(subject, { prefix: '', level: 3 });
  return { head: headOf(subject), contents: sections, body: markup`${sections.map(sectionMarkup)}` };
}

function sectionMarkup({ id, title, body }: Section): Markup {
  return markup`<section id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h">${title}</h2>${body}</section>
`;
}

/** What stands under the title: the machine, the run, the command, and what must be known first. */
function headOf(subject: Subject): Markup {
  const lines =
    subject.kind === 'diagnosis'
      ? [
          `lab ${subject.diagnosis.lab}, Linux ${subject.diagnosis.kernel}, started ${formatMoment(subject.diagnosis.startedAt)}`,
        ]
      : footTexts(subject.report);
  const alert = subject.kind === 'diagnosis' ? null : alerts(subject.report.warnings);
  return markup`${lines.map((line) => markup`<p class="lead">${line}</p>`)}${alert}`;
}

function severalPage(subjects: readonly Subject[]): PageParts {
  const parts = subjects.map((subject, index) => ({
    subject,
    id: `r${index + 1}`,
    title: titleOf(subject).replace(/^hoplab /, ''),
  }));
  const ids = parts.map(({ id }) => id);
  const context: SectionContext = { prefix: 'all-', level: 3 };
  const environments = subjects.flatMap((subject) =>
    subject.kind === 'diagnosis' ? [] : [{ name: subjectId(subject), environment: subject.environment }],
  );
  const over = [
    runsSection(subjects, ids, context),
    pathsSection(subjects, context),
    environments.length > 1 ? environmentsSection(environments, context) : null,
  ].filter((section) => section !== null);
  return {
    head: markup``,
    contents: [...over, ...parts],
    body: markup`${over.map(sectionMarkup)}${parts.map(articleMarkup)}`,
  };
}

function articleMarkup({
  subject,
  id,
  title,
}: {
  readonly subject: Subject;
  readonly id: string;
  readonly title: string;
}): Markup {
  const sections = sectionsOf(subject, { prefix: `${id}-`, level: 4 });
  const links = sections.map((section) => markup`<li><a href="#${section.id}">${section.title}</a></li>`);
  return markup`<article id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h">${title}</h2>${headOf(subject)}<nav class="contents" aria-label="contents of ${title}"><ul>${links}</ul></nav>${sections.map(
    (section) => markup`<section id="${section.id}"><h3>${section.title}</h3>${section.body}</section>`,
  )}</article>
`;
}
