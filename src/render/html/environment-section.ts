// SPDX-License-Identifier: GPL-2.0-only
/** The machine of one run, or of several beside each other with what differs in front and marked. */

import type { Environment } from '../../model/environment.ts';
import { type EnvironmentRow, environmentRows, PASSING_GROUP } from '../../results/run/environment-rows.ts';
import { formatCounted } from '../../words/format.ts';
import { type Markup, markup } from '../markup.ts';
import { folded, heading, type Section, type SectionContext, wide } from './section.ts';

/** The environment of one run. */
export function environmentSection(environment: Environment | null, context: SectionContext): Section {
  const body =
    environment === null
      ? markup`<p>environment.json of this run cannot be read: the machine is not known.</p>`
      : markup`${groupsOf(environmentRows(environment)).map(([group, rows]) =>
          folded(group, definitionTable(group, rows), rows[0]?.fold ?? 'minor'),
        )}`;
  return { id: `${context.prefix}environment`, title: 'Environment', body };
}

export interface NamedEnvironment {
  readonly name: string;
  readonly environment: Environment | null;
}

/** Those of several runs: what differs first. */
export function environmentsSection(all: readonly NamedEnvironment[], context: SectionContext): Section {
  const known = all.flatMap(({ name, environment }) =>
    environment === null ? [] : [{ name, rows: environmentRows(environment) }],
  );
  const unknown = all.filter(({ environment }) => environment === null).map(({ name }) => name);
  const keys = new Map<string, EnvironmentRow>();
  for (const { rows } of known) for (const row of rows) keys.set(`${row.group}\n${row.name}`, row);
  const values = new Map(
    known.map(({ name, rows }) => [name, new Map(rows.map((row) => [`${row.group}\n${row.name}`, row.value]))]),
  );
  const table = [...keys].map(([key, { group, name }]) => {
    const each = known.map((one) => values.get(one.name)?.get(key) ?? null);
    return { group, name, each, differs: areUnlike(each) && group !== PASSING_GROUP };
  });
  const names = known.map(({ name }) => name);
  const different = table.filter(({ differs }) => differs);
  const same = table.filter(({ differs }) => !differs);
  const body = markup`${unknown.length > 0 && markup`<p>Not known, environment.json cannot be read: ${unknown.join(', ')}.</p>`}
${heading(context, different.length === 0 ? 'Nothing differs' : `${formatCounted(different.length, 'difference')}`)}
${different.length > 0 && wide('what differs', runsTable(names, different))}
${folded(`${formatCounted(same.length, 'value')} that are alike, of one run alone, or differ by themselves`, wide('what is alike', runsTable(names, same)))}`;
  return { id: `${context.prefix}environments`, title: 'Environments', body };
}

/** A path that another run has not is no difference of the machine. */
function areUnlike(each: readonly (string | null)[]): boolean {
  return new Set(each.filter((value) => value !== null)).size > 1;
}

interface RunsRow {
  readonly group: string;
  readonly name: string;
  /** null = the run has no such row. */
  readonly each: readonly (string | null)[];
  readonly differs: boolean;
}

function runsTable(names: readonly string[], rows: readonly RunsRow[]): Markup {
  return markup`<table class="environment"><thead><tr><th scope="col">what</th>${names.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows.map(
    ({ group, name, each, differs }) =>
      markup`<tr${differs && markup` class="differs"`}><th scope="row">${differs && markup`<span class="sign" title="differs">≠</span> `}${group}: ${name}</th>${each.map((value) => markup`<td>${value === null ? '(none)' : value === '' ? '-' : value}</td>`)}</tr>`,
  )}</tbody></table>`;
}

function groupsOf(rows: readonly EnvironmentRow[]): [string, EnvironmentRow[]][] {
  const groups = new Map<string, EnvironmentRow[]>();
  for (const row of rows) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
  return [...groups];
}

function definitionTable(group: string, rows: readonly EnvironmentRow[]): Markup {
  return wide(
    group,
    markup`<table class="environment"><tbody>${rows.map(({ name, value }) => markup`<tr><th scope="row">${name}</th><td>${value === '' ? '-' : value}</td></tr>`)}</tbody></table>`,
  );
}
