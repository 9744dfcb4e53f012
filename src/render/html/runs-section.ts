// SPDX-License-Identifier: GPL-2.0-only
/** Several runs beside each other: which they are, and each path that more than one of them has. */
import type { ProbeSpec } from '../../model/probe-spec.ts';
import type { CellSummary } from '../../model/result.ts';
import type { Distribution } from '../../results/run/distribution.ts';
import type { RunFigures } from '../../results/run/figures.ts';
import { unitWords } from '../../words/figure.ts';
import { formatMoment, formatProbe } from '../../words/format.ts';
import { colourClass } from '../backend-colours.ts';
import { ecdfChart } from '../charts/ecdf.ts';
import type { Look } from '../charts/look.ts';
import type { Series } from '../charts/series.ts';
import { type Markup, markup } from '../markup.ts';
import { columnsOf } from '../text/cell-columns.ts';
import type { Paged } from './page-form.ts';
import { foldingTable, heading, roomsOf, type Section, type SectionContext, swatch, wide } from './section.ts';

/** One row a folder, with a link to its part of the page. */
export function runsSection(all: readonly Paged[], ids: readonly string[], context: SectionContext): Section {
  const rows = all.map(({ kind, id, page: { row } }, index) => {
    const { startedAt, state, kernel, guest, limits } = row;
    const link = markup`<a href="#${ids[index] ?? ''}">${id}</a>`;
    return markup`<tr><th scope="row">#${index + 1} ${link}</th><td>${kind}</td><td data-head="started">${formatMoment(startedAt)}</td><td>${state}</td><td data-head="kernel">${kernel}</td><td data-head="guest">${guest}</td><td>${limits}</td></tr>`;
  });
  const heads = ['run', 'what', 'started', 'state', 'kernel', 'guest', 'limits'];
  const table = markup`<table class="environment stacked"><thead><tr>${heads.map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`;
  return { id: `${context.prefix}runs`, title: 'Runs', body: wide('runs', table) };
}

/** What one run has of a path under a probe. */
interface Share {
  readonly run: number;
  readonly id: string;
  readonly probe: ProbeSpec;
  readonly cell: CellSummary;
  readonly distribution: Distribution | null;
}

/** null = no path is in more than one run. Beside each other is not compared: that is said. */
export function pathsSection(all: readonly Paged[], context: SectionContext): Section | null {
  const groups = [...sharesOf(all)].filter(([, shares]) => shares.length > 1);
  if (groups.length === 0) return null;
  const parts = groups.map(([, shares], index) =>
    pathPart(shares, { ...context, prefix: `${context.prefix}path-${index}` }),
  );
  const body = markup`<p class="counts">These runs stand beside each other; they are not compared. <code>hoplab compare</code> says whether they are alike enough, and whether a difference is real.</p>${parts}`;
  return { id: `${context.prefix}paths`, title: 'Path by path', body };
}

/** By what is part of the key of every figure, but for K, which stands at each. */
function sharesOf(all: readonly Paged[]): Map<string, Share[]> {
  const groups = new Map<string, Share[]>();
  for (const [run, { id, page }] of all.entries()) {
    const { figures } = page;
    if (figures === undefined) continue;
    for (const { probe, cells } of figures.report.probes) {
      for (const cell of cells) {
        const key = JSON.stringify([formatProbe(probe), cell.path, cell.backend]);
        const distribution = distributionOf(figures, probe.name, cell.path);
        groups.set(key, [...(groups.get(key) ?? []), { run, id, probe, cell, distribution }]);
      }
    }
  }
  return groups;
}

function distributionOf({ distributions }: RunFigures, probe: string, path: string): Distribution | null {
  return distributions.find((one) => one.probe === probe && one.path === path) ?? null;
}

function pathPart(shares: readonly Share[], context: SectionContext): Markup {
  const [first] = shares;
  if (first === undefined) return markup``;
  const key = formatProbe(first.probe);
  const series = shares.flatMap(({ run, distribution, cell }): Series[] =>
    distribution === null ? [] : [{ distribution, look: lookOf({ run, cell }), label: `#${run + 1}` }],
  );
  const chart =
    series.length > 0 &&
    markup`<figure>${wide(
      `ECDF of ${first.cell.path}`,
      ecdfChart(series, {
        id: context.prefix,
        title: `${first.cell.path}: empirical distribution, run by run`,
        description: `A curve a run: the share of transactions that took at most so long, ${key}. The table beside it has the figures.`,
      }),
    )}</figure>`;
  return markup`${heading(context, [markup`<span class="probe">${first.cell.path}</span> `, markup`<span class="key">${key}</span>`])}<div class="charts"><div>${chart}</div><div>${foldingTable(`${first.cell.path}, run by run`, runTable(shares))}</div></div>`;
}

/** A path has its backend's colour in every run, and each run a dash. */
function lookOf({ run, cell }: Pick<Share, 'run' | 'cell'>): Look {
  return { number: run, colour: colourClass({ backend: cell.backend, isTwin: cell.twinOf !== null }) };
}

const SHOWN = ['n', 'p50', '± 95%', 'p90', 'p99', 'p99.9', 'max', 'x host'];

function runTable(shares: readonly Share[]): Markup {
  const unit = shares[0]?.cell.unit ?? 'ns';
  const columns = columnsOf(unit).filter(
    ({ head, exact }) => SHOWN.includes(head) && shares.some(({ cell }) => exact(cell) !== null),
  );
  const roomOf = roomsOf(columns);
  const rows = shares.map(({ run, id, cell }) => {
    const figures = columns.map((column) => {
      const value = column.exact(cell);
      return value === null
        ? markup`<td class="nothing ${roomOf(column)}">-</td>`
        : markup`<td class="${roomOf(column)}"><data value="${value}">${column.cell(cell)}</data></td>`;
    });
    return markup`<tr><th scope="row">${swatch(lookOf({ run, cell }))} <abbr title="${id}">#${run + 1}</abbr></th><td class="phone-shut">${cell.k}</td>${figures}<td class="phone-shut">${cell.lost}</td></tr>`;
  });
  return markup`<table class="figures dense sortable" data-name="runs"><thead><tr><th scope="col">${unitWords(unit).head}</th><th scope="col" class="phone-shut">K</th>${columns.map(
    (column) => markup`<th scope="col" class="${roomOf(column)}" title="${column.means}">${column.head}</th>`,
  )}<th scope="col" class="phone-shut">lost</th></tr></thead><tbody>${rows}</tbody></table>`;
}
