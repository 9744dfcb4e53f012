// SPDX-License-Identifier: GPL-2.0-only
/** Shows an argv as one line that can be pasted into a shell, and that a terminal does not obey. */

const PLAIN = /^[\w@%+=:,./-]+$/;

export function showArgv(argv: readonly string[]): string {
  return argv.map(shellWord).join(' ');
}

/** What a terminal obeys, or what hides or turns text. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
/** The same, and what the quotes of bash give a meaning. */
const ESCAPED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\\']/gu;

/** A word as a shell reads it; one that a terminal would obey in the form $'...' of bash, zsh and busybox. */
export function shellWord(word: string): string {
  if (PLAIN.test(word)) return word;
  if (!HARMFUL.test(word)) return `'${word.replaceAll("'", `'\\''`)}'`;
  return `$'${word.replace(ESCAPED, (found) => (found === "'" || found === '\\' ? `\\${found}` : codeOf(found)))}'`;
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t' };

function codeOf(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  return code < 0x80 ? `\\x${digits.padStart(2, '0')}` : `\\U${digits.padStart(8, '0')}`;
}
