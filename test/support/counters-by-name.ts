// SPDX-License-Identifier: GPL-2.0-only
/** Counters by the name that a verdict shows. */
import { counterName } from '../../src/diagnose/fact-text.ts';
import type { Counter } from '../../src/model/evidence.ts';

export function countersByName(counters: readonly Counter[]): Readonly<Record<string, number>> {
  return Object.fromEntries(counters.map((counter) => [counterName(counter), counter.value]));
}
