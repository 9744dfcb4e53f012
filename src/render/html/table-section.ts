// SPDX-License-Identifier: GPL-2.0-only
/** The table of a run: a row a path, every figure with its exact value behind it. */
import type { ProbeSpec } from '../../model/probe-spec.ts';
import type { CellSummary, ProbeReport } from '../../model/result.ts';
import { probeOf } from '../../probes/index.ts';
import type { RunFigures } from '../../results/run/figures.ts';
import { type UnitWords, unitWords } from '../../words/figure.ts';
import { formatHeading } from '../../words/format.ts';
import { type Look, looksOf } from '../charts/look.ts';
import { type Markup, markup } from '../markup.ts';
import { type CellColumn, columnsOf } from '../text/cell-columns.ts';
import { countText, UNPROVEN } from '../text/cells.ts';
import type { RunWords } from '../text/run-words.ts';
import { foldingTable, heading, roomsOf, type Section, type SectionContext, swatch } from './section.ts';

export function tableSection({ report }: RunFigures, words: RunWords, context: SectionContext): Section {
  const looks = looksOf(report);
  const tables = report.probes.map((probe) => probeTable(probe, { words, context, looks }));
  const body = tables.length === 0 ? markup`<p>No cell was measured: what failed stands below.</p>` : markup`${tables}`;
  return { id: `${context.prefix}table`, title: titleOf(report), body };
}

/** Of one unit what its figures are. */
function titleOf({ probes }: RunFigures['report']): string {
  const [title = unitWords('ns').title, other] = new Set(probes.map(({ probe }) => wordsOf(probe).title));
  return other === undefined ? title : 'Figures';
}

function wordsOf({ protocol }: ProbeSpec): UnitWords {
  return unitWords(probeOf(protocol).unit);
}

interface TableParts {
  readonly words: RunWords;
  readonly context: SectionContext;
  readonly looks: ReadonlyMap<string, Look>;
}

function probeTable({ probe, k, cells }: ProbeReport, { words, context, looks }: TableParts): Markup {
  const rotation = k > 1 ? `K = ${k} paths in rotation` : 'K = 1, each path on its own';
  const key = formatHeading(probe, rotation, words.context.emulated);
  const head = heading(context, [
    markup`<span class="probe">${probe.name}</span> `,
    markup`<span class="key">${key}</span>`,
  ]);
  if (cells.length === 0) return markup`${head}<p>No row: no overview block can be used.</p>`;
  const columns = columnsOf(probeOf(probe.protocol).unit).filter(({ exact }) =>
    cells.some((cell) => exact(cell) !== null),
  );
  const roomOf = roomsOf(columns);
  const counts = countText(cells, words);
  const { title, head: unitHead, inFull } = wordsOf(probe);
  const rows = cells.map(
    (cell) =>
      markup`<tr><th scope="row">${swatch(looks.get(cell.path))} ${pathName(cell, words)}</th>${columns.map((column) => figure(column, cell, roomOf(column)))}</tr>`,
  );
  const table = markup`<table class="figures sortable" data-name="${probe.name}"><caption class="hidden">${title} of ${probe.name} in ${inFull}, a row a path</caption><thead><tr><th scope="col">${unitHead}</th>${columns.map(
    (column) => markup`<th scope="col" class="${roomOf(column)}" title="${column.means}">${column.head}</th>`,
  )}</tr></thead><tbody>${rows}</tbody></table>`;
  return markup`${head}${foldingTable(`${title.toLowerCase()} of ${probe.name}`, table)}${counts !== '' && markup`<p class="counts">${counts}</p>`}`;
}

function pathName({ path, backend, proven, twinOf }: CellSummary, { label }: RunWords): Markup {
  const kind = backend === path || twinOf !== null ? null : markup` <span class="kind">${backend}</span>`;
  const star = proven
    ? null
    : markup`<abbr title="not proven: the counters along the path do not show the transactions">${UNPROVEN}</abbr>`;
  return markup`${label(path)}${star}${kind}`;
}

function figure({ cell, exact, unit }: CellColumn, row: CellSummary, room: string): Markup {
  const value = exact(row);
  if (value === null) return markup`<td class="nothing ${room}">-</td>`;
  const shown = cell(row) ?? '';
  return markup`<td class="${room}"><data value="${value}" title="${exactText(value, unit)}">${shown}</data></td>`;
}

function exactText(value: number, unit: CellColumn['unit']): string {
  return unit === 'count' || unit === 'ratio' || unit === 'share' ? String(value) : `${value} ${unit}`;
}
