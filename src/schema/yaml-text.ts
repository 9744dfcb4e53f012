// SPDX-License-Identifier: GPL-2.0-only
/** Parses YAML so that every problem found later can be told with its line and column. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { reasonOf } from '../model/errors.ts';
import type { FileProblem, PlacedProblem } from './file-problem.ts';
import { showProblem } from './file-problem.ts';

/** A text of YAML as plain values. */
interface YamlText {
  /** {} for an empty text. */
  readonly input: unknown;
  /** Keys that are given twice; the values are there all the same. */
  readonly duplicates: readonly PlacedProblem[];
  /** Where a problem of the values is in the text. */
  place(problem: FileProblem): PlacedProblem;
}

export type YamlOutcome =
  | ({ readonly kind: 'yaml' } & YamlText)
  | { readonly kind: 'syntax'; readonly problems: readonly PlacedProblem[] };

/** `firstLine` is the line of the text's beginning in its file, for YAML that stands in another text. */
export function parseYamlText(text: string, firstLine = 1): YamlOutcome {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number, message: string): PlacedProblem => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line) + firstLine - 1, column: Math.max(1, col), text: message };
  };
  const syntax = document.errors.filter(({ code }) => code !== 'DUPLICATE_KEY');
  if (syntax.length > 0)
    return { kind: 'syntax', problems: syntax.map(({ pos, message }) => at(pos[0], lineOf(message))) };
  try {
    return {
      kind: 'yaml',
      input: document.toJS() ?? {},
      duplicates: document.errors.map(({ pos }) => at(pos[0], `the key "${wordAt(text, pos[0])}" is given twice`)),
      place: (problem) => at(offsetOf(document, problem), showProblem(problem)),
    };
  } catch (error) {
    // An alias without its anchor, or more aliases than any file needs.
    return { kind: 'syntax', problems: [at(0, reasonOf(error))] };
  }
}

/** Where the value of a problem starts; where there is none, the nearest thing around it. */
function offsetOf(document: Document, problem: FileProblem): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, part] of problem.path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    const last = depth === problem.path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined) return offset;
      const keyOffset = startOf(pair.key) ?? offset;
      if (last && problem.atKey) return keyOffset;
      node = pair.value;
      offset = isEmpty(node) ? keyOffset : (startOf(node) ?? keyOffset);
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

/** `key:` with nothing behind it has a null value whose range is at the end of the line. */
function isEmpty(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}

function wordAt(text: string, offset: number): string {
  return /^[^\s:,}]+/.exec(text.slice(offset))?.[0] ?? '';
}

function lineOf(message: string): string {
  return message.split('\n')[0] ?? message;
}
