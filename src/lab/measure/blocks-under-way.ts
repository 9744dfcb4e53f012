// SPDX-License-Identifier: GPL-2.0-only
/** What a waiting user is told of the blocks of a run: which one it is, how long they will take, the medians so far. */
import type { Plan, PlannedBlock } from '../../model/plan.ts';
import type { BlockUnderWay } from '../../model/progress.ts';
import { blockName } from '../../words/block-name.ts';
import { unitWords } from '../../words/figure.ts';
import { formatUs } from '../../words/format.ts';
import { TimeLeft } from '../plan/estimate.ts';
import type { PathMedian } from './block.ts';

/** Where a block stands among those that are planned by now. */
export interface BlockOrdinal {
  readonly planned: PlannedBlock;
  /** From 0. */
  readonly index: number;
  readonly blocks: readonly PlannedBlock[];
}

export class BlocksUnderWay {
  readonly #paths: Plan['paths'];
  readonly #left: TimeLeft;
  /** Of the overview of the probe that was measured last. */
  #soFar: { readonly probe: string; readonly medians: readonly PathMedian[] } = { probe: '', medians: [] };

  constructor({ paths }: Pick<Plan, 'paths'>, { emulated }: { readonly emulated: boolean }) {
    this.#paths = paths;
    this.#left = new TimeLeft({ emulated });
  }

  name({ planned, blocks }: Pick<BlockOrdinal, 'planned' | 'blocks'>): string {
    return blockName(planned, { blocks });
  }

  show(at: BlockOrdinal): BlockUnderWay {
    const { index, blocks } = at;
    return {
      title: this.name(at),
      number: index + 1,
      of: blocks.length,
      leftMs: this.#left.of(blocks.slice(index)),
      soFar: soFarText(this.#soFar.medians.filter(({ path }) => !this.#isTwin(path))),
    };
  }

  #isTwin(name: string): boolean {
    return this.#paths.some((path) => path.name === name && path.twinOf !== null);
  }

  /** Takes what a block took and what it found; a pair's medians are not those of a rotation. */
  done(planned: PlannedBlock, { ms, medians }: { readonly ms: number; readonly medians: readonly PathMedian[] }): void {
    this.#left.learn(planned, ms);
    if (planned.part !== 'overview') return;
    const { name: probe } = planned.probe;
    const others = this.#soFar.probe === probe ? this.#soFar.medians : [];
    const kept = others.filter(({ path }) => medians.every((one) => one.path !== path));
    this.#soFar = { probe, medians: [...kept, ...medians] };
  }
}

/** "p50 in us: tap 180, ovs 316", the smallest first and in few digits: they are one line, and not yet the result. */
function soFarText(medians: readonly PathMedian[]): string {
  const [first] = medians;
  if (first === undefined) return '';
  const words = unitWords(first.unit);
  const format = first.unit === 'ns' ? shortUs : words.format;
  const sorted = [...medians].sort((a, b) => a.value - b.value).map(({ path, value }) => `${path} ${format(value)}`);
  return `p50 in ${words.shown}: ${sorted.join(', ')}`;
}

function shortUs(ns: number): string {
  return ns < 1e5 ? formatUs(ns) : (ns / 1000).toFixed(0);
}
