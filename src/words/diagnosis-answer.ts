// SPDX-License-Identifier: GPL-2.0-only
/** What a diagnosis answers: of each path what is wrong with it, how sure that is and what cures it, or that every rung passes. */
import type { AppliedCure, Diagnosis, PathDiagnosis } from '../model/diagnosis.ts';
import { type Ladder, RUNGS } from '../model/ladder.ts';
import { formatCounted, formatDirection } from './format.ts';
import { plainText } from './plain-text.ts';

/** So many rungs are named; of more, the first and the last. */
const MOST_NAMED = 4;

/** How a path came out, the worst first. */
const ORDER = ['broken', 'unattached', 'unclimbed', 'slow', 'well'] as const;
export type PathState = (typeof ORDER)[number];

export interface PathAnswer {
  /** null = of paths that were not looked at. */
  readonly state: PathState | null;
  readonly text: string;
}

/** One a path, what is broken before what is well, and one for those that were not looked at. */
export function diagnosisAnswers({ paths, applied, unavailable }: Diagnosis): PathAnswer[] {
  const answers = ORDER.flatMap((state) =>
    paths
      .filter((path) => stateOf(path) === state)
      .map((path) => ({ state, text: plainText(`${pathName(path)}: ${pathAnswer(path, state, applied)}`) })),
  );
  if (unavailable.length === 0) return answers;
  const left = unavailable.map(({ path }) => path).join(', ');
  return [...answers, { state: null, text: plainText(`not looked at: ${left}`) }];
}

/** "3 paths: 2 broken, 1 not attached". */
export function diagnosisCounts({ paths }: Pick<Diagnosis, 'paths'>): string {
  const states = paths.map(stateOf);
  const counted = ORDER.flatMap((state) => {
    const count = states.filter((each) => each === state).length;
    return count === 0 ? [] : [`${count} ${STATES[state]}`];
  });
  return `${formatCounted(paths.length, 'path')}${counted.length === 0 ? '' : `: ${counted.join(', ')}`}`;
}

const STATES: Readonly<Record<PathState, string>> = {
  broken: 'broken',
  unattached: 'not attached',
  unclimbed: 'not climbed',
  slow: 'slower than need be',
  well: 'well',
};

export function pathName({ path, backend }: Pick<PathDiagnosis, 'path' | 'backend'>): string {
  return path === backend ? path : `${path} (${backend})`;
}

function stateOf({ failed, ladders, verdicts }: PathDiagnosis): PathState {
  if (failed !== null) return 'unattached';
  if (verdicts.some(({ severity }) => severity === 'broken') || ladders.some(fails)) return 'broken';
  if (!ladders.some(({ rungs }) => rungs.some(({ outcome }) => outcome === 'pass'))) return 'unclimbed';
  return verdicts.length > 0 ? 'slow' : 'well';
}

function fails({ rungs }: Pick<Ladder, 'rungs'>): boolean {
  return rungs.some(({ outcome }) => outcome === 'fail');
}

function pathAnswer(path: PathDiagnosis, state: PathState, applied: readonly AppliedCure[]): string {
  const { failed, ladders, verdicts } = path;
  switch (state) {
    case 'unattached':
      return `could not be attached: ${failed?.message ?? ''}`;
    case 'unclimbed':
      return 'no rung applies to it, so that nothing is known of it';
    case 'well':
      return everyRung(ladders);
    case 'slow':
      return `${everyRung(ladders)}; slow: ${verdicts.map(({ text, rule }) => `${text} [${rule}]`).join('; ')}`;
    case 'broken':
      return broken(path, applied);
    default:
      return state satisfies never;
  }
}

/** "every rung passes: 32 of 32 (link to multicast), guest -> host1 and host1 -> guest". */
function everyRung(ladders: readonly Ladder[]): string {
  const all = ladders.flatMap(({ rungs }) => rungs);
  const asked = RUNGS.filter((rung) => all.some((one) => one.rung === rung));
  const not = (outcome: Ladder['rungs'][number]['outcome'], word: string): string[] => {
    const names = RUNGS.filter((rung) => all.some((one) => one.rung === rung && one.outcome === outcome));
    return names.length === 0 ? [] : [`; ${word}: ${names.join(', ')}`];
  };
  const passed = all.filter(({ outcome }) => outcome === 'pass').length;
  const named = asked.length > MOST_NAMED ? `${asked[0]} to ${asked.at(-1)}` : asked.join(', ');
  const ways = ladders.map(({ direction }) => formatDirection(direction)).join(' and ');
  return `every rung passes: ${passed} of ${all.length} (${named}), ${ways}${[...not('not-applicable', 'n/a'), ...not('not-tried', 'not tried')].join('')}`;
}

function broken({ path, ladders, verdicts }: PathDiagnosis, applied: readonly AppliedCure[]): string {
  const found = verdicts.filter(({ severity }) => severity === 'broken');
  const said = found.map(({ text, confidence, rule, cures }) => {
    const [cure] = cures;
    return `${text} (${confidence}) [${rule}]${cure === undefined ? '' : `; cure: ${cure.what}`}`;
  });
  const failing = ladders.filter(fails).map(({ direction, rungs }) => {
    const failed = rungs.filter(({ outcome }) => outcome === 'fail');
    return `${failed.length} of ${formatCounted(rungs.length, 'rung')} ${failed.length === 1 ? 'fails' : 'fail'}, ${formatDirection(direction)}, the simplest ${failed[0]?.rung}`;
  });
  const why = said.length === 0 && failing.length > 0 ? ['no rule knows this fault'] : said;
  return `BROKEN: ${[...why, ...failing, ...cured(applied.filter((one) => one.path === path))].join('; ')}`;
}

/** What came of the cures that were applied; nothing where none was. */
function cured(applied: readonly AppliedCure[]): string[] {
  if (applied.length === 0) return [];
  const healing = applied.filter(({ healed }) => healed).map(({ number }) => number);
  if (healing.length > 0) return [`healed by cure${healing.length === 1 ? '' : 's'} ${healing.join(', ')}`];
  return [
    applied.length === 1
      ? 'the cure that was applied does not heal it'
      : `none of the ${applied.length} cures that were applied heals it`,
  ];
}
