// SPDX-License-Identifier: GPL-2.0-only
/** Writes docs/errors.md from the table of error codes. */
import { ERROR_CODES } from '../../model/errors.ts';

export function errorDocs(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return `# Errors

<!-- generated from src/model/errors.ts: change it there -->

An error is printed on stderr as \`hoplab: error CODE: what was attempted, on what, and what came back\`, with
\`try: the next command\` under it. With \`--json\` it is \`{"error": {"code", "message", "hint"}}\` on stdout. Codes are stable:
scripts may match on them. \`HOPLAB_DEBUG=1\` adds the stack and the causes.

| exit code | |
|---|---|
| 0 | all is well |
| 1 | an error of the table below |
| 2 | the command line is wrong (\`USAGE\`) |
| 3 | the run finished, but some of its cells failed: the report says which |
| 4 | a threshold of \`hoplab compare --fail-if\` was exceeded, or could not be checked: the report says which |
| 130 | interrupted by a signal; what was measured is kept |

| code | |
|---|---|
${rows.join('\n')}
`;
}
