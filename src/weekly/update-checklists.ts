// SPDX-License-Identifier: GPL-2.0-only
/** Checklists follow the runs and diagnoses of their paths; where there are none the writer's word stays. */

import { Edits } from './edits.ts';
import type { Facts } from './facts.ts';
import { type Card, type Item, type Mail, nodesOf } from './mail-tree.ts';
import { type CardNames, cardOfRun, pathOfName } from './run-cards.ts';
import { type PathState, statesOfDiagnosis, statesOfRun } from './run-states.ts';
import type { Settings } from './settings.ts';
import { STATE_WORDS, type StateClass, stateWordOf } from './state.ts';
import { wrapMail } from './wrap-mail.ts';

export function cardNames(mail: Mail): CardNames[] {
  return nodesOf(mail.nodes, 'card').map((card) => ({
    id: card.id,
    names: nodesOf([card], 'item').map(({ name }) => name),
  }));
}

export interface RunStyle {
  readonly settings: Settings;
  /** How long lines may be. */
  readonly width: number;
}

export function updateChecklists(mail: Mail, facts: Facts, { settings, width }: RunStyle): Edits {
  const edits = new Edits();
  const cards = cardNames(mail);
  for (const card of nodesOf(mail.nodes, 'card')) {
    const names = cards.find(({ id }) => id === card.id);
    if (names === undefined) continue;
    const states = statesOfCard(names, cards, { facts, settings });
    const paths = new Set(states.map(({ path }) => path));
    for (const item of nodesOf([card], 'item')) {
      const path = pathOfName(item.name, { card: names, paths, settings });
      const last = states.findLast((state) => state.path === path);
      if (last === undefined || last.state === item.stateClass) continue;
      const told = { place: card.id, why: `${last.source}, path ${last.path}` };
      edits.replace(item.lines, itemLines(item, last, { card, mail, width }), told);
    }
  }
  return edits;
}

interface Known {
  readonly facts: Facts;
  readonly settings: Settings;
}

/** The oldest first. A diagnosis names no card: its lab does, or there is one card alone with its path. */
function statesOfCard(card: CardNames, cards: readonly CardNames[], { facts, settings }: Known): PathState[] {
  const runs = facts.runs.filter(
    ({ id, label }) => cardOfRun(label === null ? [id] : [id, label], cards, settings)?.id === card.id,
  );
  const diagnosed = facts.diagnoses.flatMap((fact) => {
    const { lab } = fact.diagnosis;
    const owner =
      cards.find(({ id }) => lab !== null && settings.cards[id]?.labs.includes(lab)) ??
      (lab === null ? null : cardOfRun([lab], cards, settings));
    if (owner !== null) return owner.id === card.id ? statesOfDiagnosis(fact) : [];
    return statesOfDiagnosis(fact).filter(({ path }) => {
      const paths = new Set([path]);
      const having = cards.filter((each) =>
        each.names.some((name) => pathOfName(name, { card: each, paths, settings }) === path),
      );
      return having.length === 1 && having[0]?.id === card.id;
    });
  });
  return [...runs.flatMap(statesOfRun), ...diagnosed].sort((a, b) => (a.at < b.at ? -1 : 1));
}

interface Page {
  readonly card: Card;
  readonly mail: Mail;
  readonly width: number;
}

function itemLines(item: Item, { state, reason, source }: PathState, { card, mail, width }: Page): string[] {
  const first = item.lines[0]?.text ?? '';
  const word = wordFor(state, [nodesOf([card], 'item'), nodesOf(mail.nodes, 'item')]);
  const gap = item.state === '' ? ': ' : '';
  const text = `${word}${reason === '' ? '' : `: ${reason}`} (${source})`;
  const lead = first.slice(0, item.at.start) + gap;
  const closes = item.state !== '' && first.slice(item.at.end).trim();
  return wrapMail(`${text}${closes === false ? '' : closes}`, {
    width,
    first: lead,
    rest: ' '.repeat(item.indent + 3),
  });
}

/** The writer's own word for a state: in this checklist, else in this mail. */
function wordFor(state: StateClass, places: readonly (readonly Item[])[]): string {
  for (const items of places) {
    const same = items.filter(({ stateClass }) => stateClass === state).map((item) => stateWordOf(item.state));
    const [word] = same.filter((each) => each !== '');
    if (word !== undefined) return word;
  }
  return STATE_WORDS[state];
}
