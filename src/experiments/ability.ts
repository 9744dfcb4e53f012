// SPDX-License-Identifier: GPL-2.0-only
/** What not every kind of recorded work has, and the one error of asking for it all the same. */
import { HoplabError } from '../model/errors.ts';

/** Optional members of an experiment, or of a folder that it read. */
export type Ability =
  | 'markdown'
  | 'csv'
  | 'metrics'
  | 'page'
  | 'samples'
  | 'histogram'
  | 'records'
  | 'blocks'
  | 'figures';

/** Behind "a trace, " in a sentence, and the next command to type. */
interface Lack {
  readonly why: string;
  readonly hint: string;
}

export type Lacks = Readonly<Partial<Record<Ability, Lack>>>;

const BARE: Readonly<Record<Ability, Lack>> = {
  markdown: { why: 'which has no Markdown', hint: 'hoplab report prints it as text' },
  csv: { why: 'which has no rows of figures', hint: 'hoplab report --json has all of it' },
  metrics: { why: 'which has no metrics', hint: 'hoplab report --json has all of it' },
  page: { why: 'which has no page', hint: 'hoplab report prints it as text' },
  samples: { why: 'which has no samples', hint: 'hoplab runs' },
  histogram: { why: 'which has no samples', hint: 'hoplab runs' },
  records: { why: 'which has no records', hint: 'hoplab trace records some' },
  blocks: { why: 'which cannot be compared', hint: 'hoplab runs' },
  figures: { why: 'which has no latencies', hint: 'hoplab runs' },
};

/** "a trace, half of whose blocks are slowed by the tracer". */
export function lackText({ kind, lacks }: { readonly kind: string; readonly lacks?: Lacks }, ability: Ability): string {
  return `a ${kind}, ${(lacks?.[ability] ?? BARE[ability]).why}`;
}

export interface Lacking {
  readonly kind: string;
  readonly id: string;
  readonly lacks?: Lacks;
}

/** The member, or USAGE: `asked` is the option or the command that needs it. */
export function need<T>(
  member: T | undefined,
  one: Lacking,
  { ability, asked }: { readonly ability: Ability; readonly asked: string },
): T {
  if (member !== undefined) return member;
  throw new HoplabError({
    code: 'USAGE',
    message: `${asked}: ${one.id} is ${lackText(one, ability)}`,
    hint: (one.lacks?.[ability] ?? BARE[ability]).hint,
  });
}
