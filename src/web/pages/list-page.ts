// SPDX-License-Identifier: GPL-2.0-only
/** The list of runs: filters, the table, and its pages. */

import { INDEXED_STATES } from '../../experiments/indexed-run.ts';
import { type Markup, markup } from '../../render/markup.ts';
import type { RunNames } from '../../run-index/entry-store.ts';
import type { RunFilter } from '../../run-index/run-filter.ts';
import type { RunPage } from '../../run-index/run-index.ts';
import type { Kinds } from '../kinds.ts';
import { refusal } from '../refusal.ts';
import { listTable } from './list-table.ts';

export const PAGE_SIZE = 50;
const MOST_TEXT = 200;

export interface ListQuery {
  readonly filter: RunFilter;
  /** From 1. */
  readonly page: number;
}

/** What an address asks for. Throws a refusal of 400 for a day that is none and for words that are too long. */
export function listQuery(query: URLSearchParams, kinds: readonly string[]): ListQuery {
  const text = (name: string): string | undefined => {
    const value = query.get(name)?.trim() ?? '';
    if (value.length > MOST_TEXT) throw refusal(400, `The filter "${name}" is too long.`);
    return value === '' ? undefined : value;
  };
  const day = (name: string): string | undefined => {
    const value = text(name);
    if (value === undefined || /^\d{4}-\d\d-\d\d$/.test(value)) return value;
    throw refusal(400, `"${name}" must be a day, like 2026-03-02.`);
  };
  const kind = kinds.find((known) => known === query.get('kind'));
  const entries = {
    path: text('path'),
    probe: text('probe'),
    label: text('label'),
    state: text('state'),
    since: day('since'),
    until: day('until'),
    text: text('text'),
    kind,
  };
  const page = Number(query.get('page') ?? 1);
  if (!Number.isSafeInteger(page) || page < 1 || page > 1e6) throw refusal(400, 'There is no such page of the list.');
  // Absent, not undefined: the filter's fields are optional.
  const given = Object.entries(entries).filter(([, value]) => value !== undefined);
  return { filter: Object.fromEntries(given) satisfies RunFilter, page };
}

export interface ListParts {
  readonly found: RunPage;
  readonly asked: ListQuery;
  readonly names: RunNames;
  readonly kinds: Kinds;
}

export function listBody({ found, asked, names, kinds }: ListParts): Markup {
  const filtered = Object.keys(asked.filter).length > 0;
  return markup`${filterForm(asked.filter, names, kinds)}
${
  found.total === 0
    ? nothing(filtered)
    : markup`<form action="/compare" method="get" id="picked">
${listTable(found.runs, kinds)}
<div class="under"><button class="tool" id="compare">compare the picked runs <kbd>c</kbd></button>${pager(found, asked)}</div></form>`
}`;
}

function nothing(filtered: boolean): Markup {
  return filtered
    ? markup`<p>No run matches. <a href="/">All runs</a></p>`
    : markup`<p>There is no run here yet. <code>hoplab run</code> makes one; it shows here as soon as it begins.</p>`;
}

function filterForm(filter: RunFilter, names: RunNames, kinds: Kinds): Markup {
  return markup`<form class="filters" method="get" action="/" role="search">
<label>search <input type="search" name="text" id="search" value="${filter.text}" placeholder="words of id, label, command, kernel, host"></label>
${chooser('kind', kinds.names, filter.kind)}${chooser('state', INDEXED_STATES, filter.state)}
${chooser('path', names.paths, filter.path)}${chooser('probe', names.probes, filter.probe)}${chooser('label', names.labels, filter.label)}
<label>from <input type="date" name="since" value="${filter.since}"></label>
<label>to <input type="date" name="until" value="${filter.until}"></label>
<span class="buttons"><button class="tool">filter</button> ${Object.keys(filter).length > 0 && markup`<a href="/">clear</a>`}</span></form>`;
}

function chooser(name: string, values: readonly string[], chosen: string | undefined): Markup {
  const known = chosen === undefined || values.includes(chosen) ? values : [chosen, ...values];
  return markup`<label>${name} <select name="${name}"><option value="">any</option>${known.map(
    (value) => markup`<option${value === chosen && markup` selected`}>${value}</option>`,
  )}</select></label>`;
}

function pager({ total, runs }: RunPage, { filter, page }: ListQuery): Markup {
  const pages = Math.max(1, Math.ceil(total / PAGE_SIZE));
  const to = (number: number, rel: string): Markup => {
    const query = new URLSearchParams({ ...stringsOf(filter), page: String(number) });
    return markup`<a href="/?${String(query)}" rel="${rel}">${rel === 'next' ? 'older' : 'newer'}</a>`;
  };
  const from = (page - 1) * PAGE_SIZE;
  return markup`<nav class="pager" aria-label="pages of the list"><span>${runs.length === 0 ? 'none' : `${from + 1} to ${from + runs.length}`} of ${total}</span> ${page > 1 && to(page - 1, 'prev')} ${page < pages && to(page + 1, 'next')}</nav>`;
}

function stringsOf(filter: RunFilter): Record<string, string> {
  return Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, String(value)]));
}
