// SPDX-License-Identifier: GPL-2.0-only
/** Enters a unit into the array, before any schema is made of it: joules, of which less is better. */
import { type MeasuredUnit, UNITS, type Unit } from '../../../src/model/unit.ts';

const joule: MeasuredUnit = {
  ...{ name: 'J', better: 'lower', noun: 'energy', metric: 'joules', verb: 'takes' },
  written: { shown: 'mJ', inFull: 'millijoules', factor: 1e-3, decimals: 3 },
  limits: { J: 1, mJ: 1e-3 },
};
(UNITS as unknown as MeasuredUnit[]).push(joule);

/** The product's types do not know it. */
export const JOULE = joule.name as Exclude<Unit, 'ns'>;
