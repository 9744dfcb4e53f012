// SPDX-License-Identifier: GPL-2.0-only
/** The bars of a ranking in the colours of their backends, in lines that are wrapped already. */
import type { Report } from '../../model/result.ts';
import { pathLabel } from '../../words/path-labels.ts';
import { paintBackend, type TextOptions } from './style.ts';

/** "tap 180.2" and a bar behind a blank that does not break. */
const RANKED = /(\S+) (\S+\u00a0)([▁▂▃▄▅▆▇█])/g;

export function paintBars(lines: readonly string[], report: Report, options: TextOptions): string[] {
  const label = pathLabel;
  const cells = report.probes.flatMap(({ cells: own }) => own);
  const backends = new Map(cells.map(({ path, backend }) => [label(path), backend]));
  return lines.map((line) =>
    line.replace(RANKED, (all: string, name: string, figure: string, bar: string) => {
      const backend = backends.get(name);
      return backend === undefined ? all : `${name} ${figure}${paintBackend(bar, backend, options)}`;
    }),
  );
}
