/** Reads the lines below a heading of a plain-text report: bullets, checklist, tables, code. */
import { type Block, indentOf, item, oneLine, type Verbatim } from './block.ts';
import { parseState, splitState } from './config-state.ts';
import {
  BULLET_LINE,
  dedent,
  joinCut,
  looksLikeTable,
  MAIL_WIDTH,
  NO_PROGRESS,
  NO_UPDATE,
  PIPE,
  STATE_LINE,
} from './layout.ts';

export interface RegionLine {
  readonly text: string;
  /** In its file, from 1. */
  readonly line: number;
}

export interface Region {
  readonly blocks: readonly Block[];
  readonly states: readonly { readonly letter: string; readonly text: string }[];
}

interface RegionShape {
  /** Written by hoplab: every line is what it looks like. */
  readonly isOurs: boolean;
  /** Whether lettered lines are a checklist. */
  readonly states: boolean;
}

interface OpenItem {
  readonly indent: number;
  readonly content: number;
  readonly made: { text: string; readonly children: Block[] };
}

const OUR_BULLET = /^(\s*)(-) (\S.*)$/;
const NOTHING = new Set(
  [NO_UPDATE, NO_PROGRESS, '(no updates)', 'no update', 'no updates', 'none'].map((text) => text.toLowerCase()),
);

export function parseRegion(lines: readonly RegionLine[], { isOurs, states: withStates }: RegionShape): Region {
  const blocks: Block[] = [];
  const states: { letter: string; text: string }[] = [];
  const open: OpenItem[] = [];
  let afterEmpty = true;
  const bulletOf = (text: string) => (isOurs ? OUR_BULLET : BULLET_LINE).exec(text);
  const attach = (block: Block, indent: number): void => {
    while (open.length > 0 && (open.at(-1)?.content ?? 0) > indent) open.pop();
    (open.at(-1)?.made.children ?? blocks).push(block);
  };
  const startItem = (text: string, indent: number, content: number): void => {
    while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= indent) open.pop();
    const made = { kind: 'item' as const, text, children: [] as Block[] };
    (open.at(-1)?.made.children ?? blocks).push(made);
    open.push({ indent, content, made });
  };
  const takeWhile = (from: number, goesOn: (text: string) => boolean): string[] => {
    const taken: string[] = [];
    for (let at = from; at < lines.length; at++) {
      const text = lines[at]?.text ?? '';
      if (text.trim() === '' || !goesOn(text)) break;
      taken.push(text);
    }
    return taken;
  };
  for (let at = 0; at < lines.length; at++) {
    const text = lines[at]?.text ?? '';
    const plain = text.trim();
    if (plain === '') {
      afterEmpty = true;
      continue;
    }
    const indent = indentOf(text);
    const isPipe = (line: string) =>
      /^\s*\|(?: |$)/.test(line) && (isOurs || !/\|\s*$/.test(line.slice(line.indexOf('|') + 1)));
    if (isPipe(text)) {
      const piped = takeWhile(at, (line) => isPipe(line) && indentOf(line) === indent);
      const inner = piped.map((line) => line.slice(line.indexOf('|') + PIPE.length));
      attach({ kind: 'verbatim', lines: joinCut(inner, MAIL_WIDTH - indent - PIPE.length) }, indent);
      at += piped.length - 1;
      afterEmpty = false;
      continue;
    }
    const bullet = bulletOf(text);
    const state = withStates && bullet === null ? STATE_LINE.exec(text) : null;
    if (state !== null && (!isOurs || (indent === 2 && blocks.length === 0))) {
      const more = takeWhile(
        at + 1,
        (line) =>
          bulletOf(line) === null && !STATE_LINE.test(line) && indentOf(line) > indent && !looksLikeTable([line]),
      );
      const whole = oneLine([state[2], ...more].join(' '));
      if (isOurs || isState(whole, states.length > 0 && !afterEmpty)) {
        states.push({ letter: state[1] ?? '', text: whole });
        at += more.length;
        afterEmpty = false;
        continue;
      }
    }
    if (
      NOTHING.has((bullet?.[3] ?? plain).toLowerCase().replace(/[.!]$/, '')) &&
      open.length === 0 &&
      !(isOurs && bullet !== null)
    ) {
      afterEmpty = false;
      continue;
    }
    if (bullet !== null) {
      startItem(oneLine(bullet[3] ?? ''), indent, indentOf(text) + (bullet[2]?.length ?? 1) + 1);
      afterEmpty = false;
      continue;
    }
    const current = open.at(-1);
    const rowFollows = !isOurs && looksLikeTable([text]) && looksLikeTable([lines[at + 1]?.text ?? '']);
    if (!afterEmpty && current !== undefined && !rowFollows) {
      current.made.text = oneLine(`${current.made.text} ${plain}`);
      continue;
    }
    const block = takeWhile(at, (line) => isOurs || bulletOf(line) === null);
    if (looksLikeTable(block)) {
      const least = Math.min(...block.map(indentOf));
      attach(
        verbatim(block),
        isOurs ? least : Math.max(least, open.length > 0 && !afterEmpty ? (current?.content ?? 0) : least),
      );
    } else startItem(oneLine(block.join(' ')), indent, indent + 1);
    at += Math.max(0, block.length - 1);
    afterEmpty = false;
  }
  return { blocks: blocks.map(frozen), states };
}

/** A lettered line of a hand-written list is a state if it says one, or follows one that does. */
function isState(text: string, afterState: boolean): boolean {
  const { name, rest } = splitState(text, []);
  return (name !== null && parseState(rest) !== null) || afterState;
}

function verbatim(lines: readonly string[]): Verbatim {
  return { kind: 'verbatim', lines: dedent(lines.map((line) => line.replaceAll('\t', '        '))) };
}

function frozen(block: Block): Block {
  return block.kind === 'item' ? item(block.text, block.children.map(frozen)) : block;
}
