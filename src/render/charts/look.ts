// SPDX-License-Identifier: GPL-2.0-only
/** How a path is drawn in all charts of a page: in its backend's colour, and dashed where another path has the same. */
import type { Report } from '../../model/result.ts';
import { colourClass } from '../backend-colours.ts';

export interface Look {
  /** Among those of the same colour, from 0: its dash goes by it. */
  readonly number: number;
  /** A class that gives the colour. */
  readonly colour: string;
}

/** As many as are told apart. */
const DASHES = 8;

/** The classes of a line. */
export function lineClass({ number, colour }: Look): string {
  return `line ${colour} d${number % DASHES}`;
}

/** Of every path of a run that was measured or compared. */
export function looksOf({ probes }: Report): ReadonlyMap<string, Look> {
  const cells = new Map(probes.flatMap(({ cells: own }) => own.map((cell) => [cell.path, cell] as const)));
  const names = new Set(
    probes.flatMap(({ cells: own, comparisons }) => [
      ...own.map(({ path }) => path),
      ...comparisons.flatMap(({ candidate, reference }) => [reference, candidate]),
    ]),
  );
  const seen = new Map<string, number>();
  return new Map(
    [...names].map((name): [string, Look] => {
      const cell = cells.get(name);
      const colour = colourClass({
        backend: cell?.backend ?? name,
        isTwin: cell !== undefined && cell.twinOf !== null,
      });
      const number = seen.get(colour) ?? 0;
      seen.set(colour, number + 1);
      return [name, { number, colour }];
    }),
  );
}
