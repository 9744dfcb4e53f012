// SPDX-License-Identifier: GPL-2.0-only
/** What a list of runs is narrowed by, and the SQL of it. */
import { asSet } from './table.ts';

export interface RunFilter {
  readonly path?: string;
  readonly probe?: string;
  readonly label?: string;
  readonly state?: string;
  /** Name of an experiment. */
  readonly kind?: string;
  /** Those of several. */
  readonly kinds?: readonly string[];
  /** Days in UTC, "2026-03-02", both included. */
  readonly since?: string;
  readonly until?: string;
  /** Words that must all occur somewhere in the entry. */
  readonly text?: string;
}

const MOST_WORDS = 16;

export interface Where {
  readonly sql: string;
  readonly values: readonly string[];
}

export function whereOf(filter: RunFilter): Where {
  const parts: [string, string][] = [];
  const add = (value: string | undefined, sql: string, bound = value ?? ''): void => {
    if (value !== undefined && value !== '') parts.push([sql, bound]);
  };
  add(filter.path, 'instr(paths, ?) > 0', `\n${filter.path}\n`);
  add(filter.probe, 'instr(probes, ?) > 0', `\n${filter.probe}\n`);
  add(filter.label, 'label = ?');
  add(filter.state, 'state = ?');
  add(filter.kind, 'kind = ?');
  if (filter.kinds !== undefined) add(asSet(filter.kinds), 'instr(?, char(10) || kind || char(10)) > 0');
  add(filter.since, 'started >= ?');
  // The first moment after that day: ISO times order as text, and "U" is behind the "T" between day and time.
  add(filter.until, 'started < ?', `${filter.until}U`);
  for (const word of wordsOf(filter.text)) add(word, 'instr(words, ?) > 0');
  return {
    sql: parts.length === 0 ? '' : ` WHERE ${parts.map(([sql]) => sql).join(' AND ')}`,
    values: parts.map(([, value]) => value),
  };
}

function wordsOf(text: string | undefined): string[] {
  return (text ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, MOST_WORDS);
}
