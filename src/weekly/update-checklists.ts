// SPDX-License-Identifier: GPL-2.0-only
/** Checklists follow the runs and diagnoses of their paths; where there are none the writer's word stays. */
import { Edits } from './edits.ts';
import { indentOf } from './mail-line.ts';
import { type Item, type Mail, nodesOf } from './mail-tree.ts';
import { type CardFacts, pathOfName } from './run-cards.ts';
import type { PathState } from './run-states.ts';
import { type StateClass, stateWordOf } from './state.ts';
import { wrapMail } from './wrap-mail.ts';

export function updateChecklists(mail: Mail, cards: readonly CardFacts[], width: number): Edits {
  const edits = new Edits(mail.lines);
  for (const { card, named, states } of cards) {
    const newest = new Map(states.map((state) => [state.path, state]));
    const paths = new Set(newest.keys());
    const items = nodesOf([card], 'item');
    for (const item of items) {
      const last = newest.get(pathOfName(item.name, named, paths) ?? '');
      if (last === undefined || last.state === item.stateClass) continue;
      const word = wordFor(last.state, items) ?? wordFor(last.state, nodesOf(mail.nodes, 'item'));
      const told = { place: card.id, why: `${last.source}, path ${last.path}` };
      edits.replace(
        item.lines,
        itemLines(item, last, { word: word ?? (last.state === 'ok' ? 'OK' : last.state), width }),
        told,
      );
    }
  }
  return edits;
}

function itemLines(
  item: Item,
  { reason, source }: PathState,
  { word, width }: { readonly word: string; readonly width: number },
): string[] {
  const first = item.lines[0]?.text ?? '';
  const [gap, closes] = item.state === '' ? [': ', ''] : ['', first.slice(item.at.end).trim()];
  const text = `${word}${reason === '' ? '' : `: ${reason}`} (${source})${closes}`;
  return wrapMail(text, { width, first: first.slice(0, item.at.start) + gap, rest: ' '.repeat(indentOf(first) + 3) });
}

/** The writer's own word for a state. */
function wordFor(state: StateClass, items: readonly Item[]): string | undefined {
  const same = items.filter(({ stateClass }) => stateClass === state);
  return same.map((item) => stateWordOf(item.state)).find((word) => word !== '');
}
