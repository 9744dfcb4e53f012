// SPDX-License-Identifier: GPL-2.0-only
/** What is wrong in a file of keys and values, and where: the form in which schemas, checks and the YAML parser report. */

/** The way from the top of a file to a value: ["paths", "tap", "vhost"]. */
export type KeyPath = readonly (string | number)[];

export interface FileProblem {
  readonly path: KeyPath;
  readonly message: string;
  /** True: the key is at fault, not its value. */
  readonly atKey?: boolean;
}

/** A problem with its place in the file, both from 1. */
export interface PlacedProblem {
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** "compare.pairs[0]". */
function showKeyPath(path: KeyPath): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}

export function showProblem(problem: FileProblem): string {
  return problem.path.length === 0 ? problem.message : `${showKeyPath(problem.path)}: ${problem.message}`;
}

/** One problem a line as `file:line:column: text`, in the order of the file. */
export function problemLines(file: string, problems: readonly PlacedProblem[]): string[] {
  const ordered = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  return ordered.map(({ line, column, text }) => `${file}:${line}:${column}: ${text}`);
}

/** "FILE:3:1: ..." alone, or how many problems there are and then a line each. */
export function listProblems(lines: readonly string[]): string {
  const [only] = lines;
  return lines.length === 1 && only !== undefined ? only : `${lines.length} problems\n  ${lines.join('\n  ')}`;
}
