// SPDX-License-Identifier: GPL-2.0-only
/** The error of a lab file: every problem of it in one go, and where it is. */
import { HoplabError } from '../model/errors.ts';
import { listProblems, type PlacedProblem, problemLines } from '../schema/file-problem.ts';

/** What was asked over a lab and does not fit it, or is no value at all. */
export function misfitError(message: string, hint?: string): HoplabError {
  return new HoplabError({ code: 'USAGE', message, ...(hint === undefined ? {} : { hint }) });
}

/** One error for all problems of a file, one a line as `file:line:column: text`, in the order of the file. */
export function labFileError(
  code: 'LAB_FILE_SYNTAX' | 'LAB_FILE_INVALID',
  file: string,
  problems: readonly PlacedProblem[],
): HoplabError {
  return new HoplabError({
    code,
    message: `read the lab file: ${listProblems(problemLines(file, problems))}`,
    hint: 'docs/lab-file.md describes every key; `hoplab init FILE` writes a commented example',
  });
}
