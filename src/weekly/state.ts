// SPDX-License-Identifier: GPL-2.0-only
/** States of a checklist in the words that people use, and where in a line they stand. */
export type StateClass = (typeof STATES)[number];

/** The first that fits counts: "not working" before "working". */
const STATES = ['under investigation', 'not tested', 'failed', 'ok'] as const;

const CLASSES: Readonly<Record<StateClass, RegExp>> = {
  'under investigation':
    /^(?:under (?:investigation|test|debug)\w*|investigat\w+|wip|in progress|ongoing|partial\w*|partly|debugging|looking into|unclear|flaky|works? partly|調査中|调查中|進行中|进行中)/i,
  'not tested':
    /^(?:not (?:yet )?(?:tested|tried|measured|done|started|run)(?: yet)?|not yet(?: \w+)?|un(?:tested|tried)|to ?do|tbd|n\/a|pending|planned|waiting|skipped|未測定|未测试|未確認|未着手)/i,
  failed:
    /^(?:fail\w*|broken|blocked|errors?|does(?:n't| not) work|not (?:working|ok)|ng|crash\w*|hangs?|no connection|失敗|失败|不可)/i,
  ok: /^(?:ok(?:ay)?|pass(?:e[sd])?|works?|working|done|fine|fixed|verified|completed?|tested|success\w*|✓|✔|良|完了|完成|通过)/i,
};

const MOST_STATE = 200;

/** null for words that no class is known of: they are the writer's, and stay. */
export function stateClassOf(text: string): StateClass | null {
  return readState(text)?.stateClass ?? null;
}

function readState(text: string): { readonly stateClass: StateClass; readonly word: string } | null {
  const head = text.slice(0, MOST_STATE);
  for (const stateClass of STATES) {
    const word = CLASSES[stateClass].exec(head)?.[0];
    // "works" is a state, "workshop" is none.
    if (word !== undefined && !/^[\p{L}\p{N}]/u.test(/[a-z]$/i.test(word) ? text.slice(word.length) : ''))
      return { stateClass, word };
  }
  return null;
}

/** "not tried yet": the words themselves, without the reason behind them. */
export function stateWordOf(text: string): string {
  return readState(text)?.word ?? '';
}

/** What stands between a name and its state. */
const SEPARATOR = /\s*(?:\.{2,}|…)\s*|\s*[:：]\s*|\s+[-–]+>?\s+|\s+=+>?\s+|\s+\(|\s{2,}|\t/gu;
const MOST_NAME = 160;

type StatePlace = Readonly<Record<'nameEnd' | 'start' | 'end', number>>;

/** Where the state of a checklist's line begins: at a known word, else behind the first colon or dots. */
export function stateStart(text: string): StatePlace | null {
  let first: StatePlace | null = null;
  let dashed: StatePlace | null = null;
  for (const separator of text.slice(0, MOST_NAME).matchAll(SEPARATOR)) {
    const start = separator.index + separator[0].length;
    if (separator.index === 0 || start >= text.length) continue;
    const inBrackets = separator[0].endsWith('(');
    const end = inBrackets && text.endsWith(')') ? text.length - 1 : text.length;
    const found = { nameEnd: separator.index, start, end };
    if (stateClassOf(text.slice(start)) !== null) return found;
    if (/[:：….]/.test(separator[0])) first ??= found;
    else if (/[-–=]/.test(separator[0])) dashed ??= found;
  }
  return first ?? dashed;
}
