// SPDX-License-Identifier: GPL-2.0-only
/** Writes docs/errors.md from the table of error codes. */
import { ERROR_CODES } from '../../model/errors.ts';
import { exitMeanings } from './exit-meanings.ts';

export function errorDocs(): string {
  const codes = exitMeanings().map(([code, means]) => `| ${code} | ${means} |`);
  const rows = Object.entries(ERROR_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return `# Errors

<!-- generated from src/model/errors.ts: change it there -->

An error is printed on stderr as \`hoplab: error CODE: what was attempted, on what, and what came back\`, with
\`try: the next command\` under it. With \`--json\` it is \`{"error": {"code", "message", "hint"}}\` on stdout. Codes are stable:
scripts may match on them. \`HOPLAB_DEBUG=1\` adds the stack and the causes.

| exit code | |
|---|---|
${codes.join('\n')}

| code | |
|---|---|
${rows.join('\n')}
`;
}
