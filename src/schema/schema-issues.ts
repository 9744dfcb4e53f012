// SPDX-License-Identifier: GPL-2.0-only
/** Turns the schema's findings into sentences that name the nearest known word. */
import type { z } from 'zod';
import type { FileProblem, KeyPath } from './file-problem.ts';
import { didYouMean, nearestWord } from './nearest-word.ts';
import { show } from './show.ts';

export type Issue = z.core.$ZodIssue;

/** What explaining an issue needs besides the issue. */
export interface IssueContext {
  /** The file as plain values. */
  readonly input: unknown;
  /** The keys that the schema knows at a path. */
  readonly knownKeys: (path: KeyPath) => readonly string[];
  /** What this kind of file says better than the general sentence; null = nothing. */
  readonly wording?: (issue: Issue, path: KeyPath) => FileProblem | null;
}

export function explainIssues(issues: readonly Issue[], context: IssueContext): FileProblem[] {
  return issues.flatMap((issue) => explain(issue, [], context));
}

function explain(issue: Issue, parent: KeyPath, context: IssueContext): FileProblem[] {
  const path = [...parent, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  const own = context.wording?.(issue, path) ?? null;
  if (own !== null) return [own];
  const input = valueAt(context.input, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: unknownKey(key, context.knownKeys(path)),
        atKey: true,
      }));
    case 'invalid_union':
      return explainUnion(issue, path, context);
    case 'invalid_value':
      return [{ path, message: notOneOf(input, issue.values.map(String)) }];
    case 'invalid_type':
      return [
        {
          path,
          message: input === undefined ? 'is missing' : `must be ${article(issue.expected)}, got ${show(input)}`,
        },
      ];
    case 'too_small':
      return [{ path, message: `${tooFew(issue)}, got ${sizeOf(input)}` }];
    case 'too_big':
      return [{ path, message: `${tooMany(issue)}, got ${sizeOf(input)}` }];
    default:
      return [{ path, message: issue.message }];
  }
}

function explainUnion(issue: z.core.$ZodIssueInvalidUnion, path: KeyPath, context: IssueContext): FileProblem[] {
  // The branch that the value has the right type for says best what is wrong with it.
  const fitting = issue.errors.find(
    (issues) => !issues.some(({ path: at, code }) => at.length === 0 && isMisfit(code)),
  );
  if (fitting !== undefined) return fitting.flatMap((inner) => explain(inner, path, context));
  const words = issue.errors
    .flat()
    .flatMap((inner) => (inner.code === 'invalid_value' ? inner.values.map(String) : []));
  const input = valueAt(context.input, path);
  if (words.length > 0) return [{ path, message: notOneOf(input, words) }];
  const types = issue.errors
    .flat()
    .flatMap((inner) => (inner.code === 'invalid_type' ? [article(inner.expected)] : []));
  return [{ path, message: `must be ${types.join(' or ')}, got ${show(input)}` }];
}

function isMisfit(code: Issue['code']): boolean {
  return code === 'invalid_type' || code === 'invalid_value';
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = nearestWord(key, known);
  return `unknown key${didYouMean(key, known)}${near === null ? `; known are ${known.join(', ')}` : ''}`;
}

function notOneOf(input: unknown, words: readonly string[]): string {
  const near = typeof input === 'string' ? didYouMean(input, words) : '';
  return `must be ${words.length === 1 ? '' : 'one of '}${words.join(', ')}, got ${show(input)}${near}`;
}

function tooFew(issue: z.core.$ZodIssueTooSmall): string {
  return issue.origin === 'array' ? `needs at least ${entries(issue.minimum)}` : `must be at least ${issue.minimum}`;
}

function tooMany(issue: z.core.$ZodIssueTooBig): string {
  return issue.origin === 'array' ? `takes at most ${entries(issue.maximum)}` : `must be at most ${issue.maximum}`;
}

function entries(count: number | bigint): string {
  return Number(count) === 1 ? 'one entry' : `${count} entries`;
}

function sizeOf(input: unknown): string {
  return Array.isArray(input) ? String(input.length) : show(input);
}

function article(type: string): string {
  const names: Readonly<Record<string, string>> = {
    int: 'a whole number',
    number: 'a number',
    string: 'a word',
    boolean: 'true or false',
    object: 'a map of keys',
    record: 'a map of keys',
    array: 'a list',
    tuple: 'a list of two',
  };
  return names[type] ?? type;
}

export function valueAt(input: unknown, path: KeyPath): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}
