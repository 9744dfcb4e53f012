/** The error of a lab file: every problem of it in one go, and where it is. */
import { HoplabError } from '../model/errors.ts';
import { listProblems, type PlacedProblem, problemLines } from '../schema/file-problem.ts';

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
