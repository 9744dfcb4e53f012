// SPDX-License-Identifier: GPL-2.0-only
/** Renders a weekly report as one HTML file that needs nothing else: readable in print, in the dark and without a mouse. */

import { plainLine } from './block.ts';
import { layOutGrid } from './grid.ts';
import { dedent, MAIL_WIDTH, NO_PROGRESS, NO_UPDATE } from './layout.ts';
import type { ReportBlock, ReportCard, ReportSection, ReportState, WeeklyReport } from './weekly-report.ts';

const STYLE = `
:root { color-scheme: light dark; --faint: #595959; --rule: #d0d0d0; --good: #14662b; --bad: #a31515; --open: #7a4b00; --paper: #f5f5f5; }
@media (prefers-color-scheme: dark) { :root { --faint: #a8a8a8; --rule: #484848; --good: #6fd08c; --bad: #ff9a92; --open: #f0c060; --paper: #1d1d1d; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.2rem; border-bottom: 1px solid var(--rule); padding-bottom: .2rem; margin-top: 2rem; }
h3 { font-size: 1rem; margin-bottom: .3rem; }
dl.head { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; } dl.head dd { margin: 0; } dl.head dt { color: var(--faint); }
ol.states { list-style: none; padding-left: 1rem; } ol.states b { font-weight: 600; }
.ok { color: var(--good); } .failed { color: var(--bad); } .open { color: var(--open); } .none { color: var(--faint); }
pre { background: var(--paper); padding: .6rem .8rem; overflow-x: auto; font: 13px/1.45 ui-monospace, monospace; }
section.notes { border-top: 1px solid var(--rule); margin-top: 2rem; font-size: .9rem; overflow-wrap: anywhere; }
li, h3, dd { overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; font-size: 11pt; } pre { white-space: pre-wrap; } }
`.trim();

const TONES = { OK: 'ok', failed: 'failed', 'under investigation': 'open', 'not tested': 'none' } as const;

export function renderWeeklyHtml(report: WeeklyReport): string {
  const { subject, week, span, timeZone, offset, sections, footnotes } = report;
  const count = footnotes.length;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(subject)}</title>
<style>
${STYLE}
</style>
</head>
<body>
<header>
<h1>${escaped(subject)}</h1>
<dl class="head">
${headFields(report)}
<dt>Week</dt><dd>${escaped(`${week}, ${span.from} to ${span.to} (${timeZone}, ${offset})`)}</dd>
</dl>
</header>
<main>
${sections.map((section) => sectionHtml(section, count)).join('\n')}
</main>
${notesHtml(footnotes)}
</body>
</html>
`;
}

/** Text for an element or an attribute. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function headFields({ from, to, cc, date }: WeeklyReport): string {
  const fields: [string, string][] = [
    ['From', from ?? ''],
    ['To', to.join(', ')],
    ['Cc', cc.join(', ')],
    ['Date', date],
  ];
  return fields
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`)
    .join('\n');
}

function sectionHtml({ title, blocks, cards }: ReportSection, count: number): string {
  const inner =
    blocks.length + cards.length === 0
      ? `<p class="none">${NO_PROGRESS}</p>`
      : [blocksHtml(blocks, count), ...cards.map((card) => cardHtml(card, count))]
          .filter((part) => part !== '')
          .join('\n');
  return `<section>\n<h2>${escaped(title)}</h2>\n${inner}\n</section>`;
}

function cardHtml(card: ReportCard, count: number): string {
  const owner = card.owner === null ? '' : ` @${escaped(card.owner)}`;
  const heading = `<h3>[${escaped(card.id)}] (${escaped(card.title)})${owner}${withRefs(card.marks, count)}</h3>`;
  if (card.states.length + card.blocks.length === 0)
    return `<article>\n${heading}\n<p class="none">${NO_UPDATE}</p>\n</article>`;
  const states =
    card.states.length === 0
      ? ''
      : `<ol class="states">\n${card.states.map((state) => stateHtml(state, count)).join('\n')}\n</ol>`;
  return `<article>\n${[heading, states, blocksHtml(card.blocks, count)].filter((part) => part !== '').join('\n')}\n</article>`;
}

function stateHtml({ letter, name, word, more }: ReportState, count: number): string {
  return `<li>${letter}. ${escaped(name)}: <b class="${TONES[word]}">${word}</b>${withRefs(more, count)}</li>`;
}

function blocksHtml(blocks: readonly ReportBlock[], count: number): string {
  const parts: string[] = [];
  let list: string[] = [];
  const close = (): void => {
    if (list.length > 0) parts.push(`<ul>\n${list.join('\n')}\n</ul>`);
    list = [];
  };
  for (const block of blocks) {
    if (block.kind === 'item') {
      const inner = blocksHtml(block.children, count);
      list.push(`<li>${withRefs(block.text, count)}${inner === '' ? '' : `\n${inner}\n`}</li>`);
    } else {
      close();
      const lines = block.kind === 'grid' ? layOutGrid(block, MAIL_WIDTH) : dedent(block.lines.map(plainLine));
      parts.push(`<pre tabindex="0">${escaped(lines.join('\n'))}</pre>`);
    }
  }
  close();
  return parts.join('\n');
}

/** [3] leads to its footnote. */
function withRefs(text: string, count: number): string {
  return escaped(text).replace(/\[(\d{1,4})\]/g, (whole, digits: string) => {
    const number = Number(digits);
    return number >= 1 && number <= count ? `<a href="#fn${number}">[${number}]</a>` : whole;
  });
}

function notesHtml(footnotes: readonly string[]): string {
  if (footnotes.length === 0) return '';
  const items = footnotes.map((text, index) => `<li id="fn${index + 1}">${linked(text)}</li>`);
  return `<section class="notes" aria-label="Footnotes">\n<ol>\n${items.join('\n')}\n</ol>\n</section>`;
}

/** Addresses of the web alone become links: nothing else is followed by a click. */
function linked(text: string): string {
  return text
    .split(/(\bhttps?:\/\/[^\s<>"']+)/)
    .map((part, index) =>
      index % 2 === 1 ? `<a href="${escaped(part)}" rel="noreferrer">${escaped(part)}</a>` : escaped(part),
    )
    .join('');
}
