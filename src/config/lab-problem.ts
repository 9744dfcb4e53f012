/** What is wrong in a lab, and where: the form in which the schema, the checks and the YAML parser report. */
import { HoplabError } from '../model/errors.ts';

/** The way from the top of a lab file to a value: ["paths", "tap", "vhost"]. */
export type KeyPath = readonly (string | number)[];

export interface LabProblem {
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
export function showKeyPath(path: KeyPath): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}

export function showProblem(problem: LabProblem): string {
  return problem.path.length === 0 ? problem.message : `${showKeyPath(problem.path)}: ${problem.message}`;
}

/** One error for all problems of a file, one a line as `file:line:column: text`, in the order of the file. */
export function labFileError(
  code: 'LAB_FILE_SYNTAX' | 'LAB_FILE_INVALID',
  file: string,
  problems: readonly PlacedProblem[],
): HoplabError {
  const ordered = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  const lines = ordered.map(({ line, column, text }) => `${file}:${line}:${column}: ${text}`);
  const [only] = lines;
  return new HoplabError({
    code,
    message:
      lines.length === 1 && only !== undefined
        ? `read the lab file: ${only}`
        : `read the lab file: ${lines.length} problems\n  ${lines.join('\n  ')}`,
    hint: 'docs/lab-file.md describes every key; `hoplab init FILE` writes a commented example',
  });
}
