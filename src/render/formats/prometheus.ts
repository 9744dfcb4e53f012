// SPDX-License-Identifier: GPL-2.0-only
/**
 * Metrics in Prometheus' text format 0.0.4, without times: what node_exporter's textfile collector reads, which refuses a file
 * that has any. When a run was measured is in hoplab_run_start_time_seconds.
 */
import { type AddsMetrics, collectFamilies, escaped, type FilledFamily, sampleText } from './metric-families.ts';

export function renderPrometheus(adders: readonly AddsMetrics[]): string {
  return collectFamilies(adders).map(familyText).join('');
}

function familyText({ name, type, help, samples }: FilledFamily): string {
  const known = TYPES[type];
  const head = [`# HELP ${name}${known.suffix} ${escaped(help)}`, `# TYPE ${name}${known.suffix} ${known.type}`];
  return `${[...head, ...samples.map((sample) => sampleText(name, sample))].join('\n')}\n`;
}

/** What the types of OpenMetrics are there. A family is called as its samples are, but for the parts of a summary. */
const TYPES = {
  gauge: { type: 'gauge', suffix: '' },
  counter: { type: 'counter', suffix: '_total' },
  summary: { type: 'summary', suffix: '' },
  info: { type: 'gauge', suffix: '_info' },
  stateset: { type: 'gauge', suffix: '' },
} as const satisfies Record<FilledFamily['type'], { readonly type: string; readonly suffix: string }>;
