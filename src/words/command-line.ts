// SPDX-License-Identifier: GPL-2.0-only
/** A recorded command line as it was typed, but for quotes. */

/** What a command line begins with where its program was recorded too: "hoplab", "./hoplab", "npx hoplab", "node bin/hoplab.js". */
const PROGRAM = /^(?:node|npx|(?:.*\/)?hoplab)$/;

/** Of older runs only what stood behind the program's name was recorded. */
export function commandLine(argv: readonly string[]): string {
  return (PROGRAM.test(argv[0] ?? '') ? argv : ['hoplab', ...argv]).join(' ');
}
