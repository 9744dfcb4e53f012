// SPDX-License-Identifier: GPL-2.0-only
/** Shows an argv as a line that can be pasted into a POSIX shell. */

const PLAIN = /^[\w@%+=:,./-]+$/;

export function showArgv(argv: readonly string[]): string {
  return argv.map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
