// SPDX-License-Identifier: GPL-2.0-only
/** Renders what `hoplab report` read, in any of its formats, as pieces of text. */
import { type Ability, need } from '../../experiments/ability.ts';
import type { Recorded } from '../../experiments/experiment.ts';
import { renderCsv } from '../../render/formats/csv.ts';
import { renderSamples } from '../../render/formats/csv-samples.ts';
import { renderHdrLog } from '../../render/formats/hdr/hdr-log.ts';
import { renderMarkdown } from '../../render/formats/markdown.ts';
import { renderOpenMetrics } from '../../render/formats/openmetrics.ts';
import { renderPrometheus } from '../../render/formats/prometheus.ts';
import { renderHtml } from '../../render/html/page.ts';
import { renderJson } from '../../results/json.ts';
import { toolVersion } from '../../system/paths.ts';
import type { Look } from '../output.ts';
import type { ReportFormat } from './report-format.ts';

export interface RenderOptions {
  readonly look: Look;
  /** Of csv: every transaction instead of the rows of the report. */
  readonly samples: boolean;
  /** Hears of what a format had to leave out. */
  readonly onDamage: (what: string) => void;
}

/** Throws USAGE where one of them has no such form. */
export function renderAs(
  format: ReportFormat,
  all: readonly Recorded[],
  { look, samples, onDamage }: RenderOptions,
): Iterable<string> {
  const each = <T>(ability: Ability, member: (one: Recorded) => T | undefined): T[] => {
    const asked = samples ? '--samples' : `--format ${format}`;
    return all.map((one) => need(member(one), one, { ability, asked }));
  };
  switch (format) {
    case 'text':
      return all.map((one, index) => `${index === 0 ? '' : '\n'}${one.text(look)}`);
    case 'json':
      return [jsonOf(all)];
    case 'markdown': {
      const parts = each('markdown', ({ kind, id, markdown }) => markdown && { kind, id, parts: markdown() });
      return [renderMarkdown(parts)];
    }
    case 'csv':
      return samples
        ? renderSamples(
            each('samples', (one) => one.samples),
            onDamage,
          )
        : renderCsv(each('csv', ({ csv }) => csv?.()).flat());
    case 'prometheus':
      return [renderPrometheus(each('metrics', ({ metrics }) => metrics))];
    case 'openmetrics':
      return [renderOpenMetrics(each('metrics', ({ metrics }) => metrics))];
    case 'hdr':
      return renderHdrLog(
        each('histogram', ({ histogram }) => histogram),
        onDamage,
      );
    case 'html':
      return [
        renderHtml(
          each('page', ({ kind, id, page }) => page && { kind, id, page }),
          toolVersion,
        ),
      ];
    default:
      return format satisfies never;
  }
}

/** One as its schema says; several as an array of such. */
function jsonOf(all: readonly Recorded[]): string {
  const [only, second] = all;
  return renderJson(only !== undefined && second === undefined ? only.json : all.map(({ json }) => json));
}
