// SPDX-License-Identifier: GPL-2.0-only
/** What this program is called in the commands that people are told to type. */

/** A fact of the process, as its arguments are: set once, before anything is printed. */
let called = 'hoplab';

export function setProgramName(name: string): void {
  called = name;
}

export function programName(): string {
  return called;
}

/** A command to be typed: the word, then a command's name or an option. What was recorded as it was typed stays. */
const TO_TYPE = /(?<![\w./-]|command: |npx |<dd>)hoplab(?= (?:(?:[a-z]+|COMMAND|--[a-z]+)\b|\.\.\.))/g;
/** Words behind "hoplab" in a sentence about it. */
const COMMAND =
  /^hoplab (?:\.\.\.|(?:COMMAND|--|run|plan|diagnose|trace|report|compare|trend|weekly|runs|serve|doctor|nic|check|bridge|init|setup|gc|shell|completion)\b)/;

/** "hoplab run" as it is called here: "./hoplab run", "npx hoplab run". */
export function asCalled(text: string): string {
  if (called === 'hoplab') return text;
  return text.replace(TO_TYPE, (word, at: number) => (COMMAND.test(text.slice(at)) ? called : word));
}
