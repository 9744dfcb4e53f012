/** How paths are called in the text: the twin of `tap` is `tap'`. */
import type { Report } from '../model/result.ts';
import { plainText } from '../run-store/plain-text.ts';

const MOST_CHARACTERS = 24;

/** A path's label; harmless whatever the name is. */
export type PathLabel = (path: string) => string;

/** The twins of a report are known from its comparisons. */
export function pathLabels(report: Report): PathLabel {
  const twins = twinsOf(report);
  return (path) => plainText(twins.has(path) ? `${twins.get(path)}'` : path, MOST_CHARACTERS);
}

/** Twin -> the path it doubles. */
export function twinsOf(report: Report): ReadonlyMap<string, string> {
  return new Map(
    report.probes
      .flatMap(({ comparisons }) => comparisons)
      .filter(({ isTwin }) => isTwin)
      .map(({ candidate, reference }) => [candidate, reference]),
  );
}
