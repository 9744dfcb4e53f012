// SPDX-License-Identifier: GPL-2.0-only
/** What is said better of a lab file than by the general sentences: everything about which backend a path is of. */
import type { FileProblem, KeyPath } from '../schema/file-problem.ts';
import { didYouMean } from '../schema/nearest-word.ts';
import { type Issue, valueAt } from '../schema/schema-issues.ts';
import { show } from '../schema/show.ts';

export function labWording(
  input: unknown,
  kinds: readonly string[],
): (issue: Issue, path: KeyPath) => FileProblem | null {
  return (issue, path) => {
    if (path[0] !== 'paths') return null;
    if (issue.code === 'invalid_union' && path.at(-1) === 'backend') return unknownBackend(path, input, kinds);
    if (issue.code === 'invalid_value' && issue.values.length === 1 && issue.values[0] === path[1]) {
      const got = show(valueAt(input, path));
      return {
        path,
        message: `a path named after a backend must be of that backend, got ${got}; give the path another name`,
      };
    }
    return null;
  };
}

function unknownBackend(path: KeyPath, input: unknown, kinds: readonly string[]): FileProblem {
  const owner = path.slice(0, -1);
  const name = String(owner.at(-1));
  const given = valueAt(input, path);
  const known = kinds.join(', ');
  if (given === undefined) {
    return {
      path: owner,
      message: `names no backend, and "${name}" is none${didYouMean(name, kinds)}; known are ${known}: add \`backend: KIND\``,
      atKey: true,
    };
  }
  return { path, message: `unknown backend ${show(given)}${didYouMean(String(given), kinds)}; known are ${known}` };
}
