// SPDX-License-Identifier: GPL-2.0-only
/** Metrics as OpenMetrics 1.0 text, each with the time of its run: what a time series database is filled with afterwards. */
import { type AddsMetrics, collectFamilies, escaped, type FilledFamily, sampleText } from './metric-families.ts';

/** Ends with "# EOF" and a newline. */
export function renderOpenMetrics(adders: readonly AddsMetrics[]): string {
  return `${collectFamilies(adders).map(familyText).join('')}# EOF\n`;
}

function familyText({ name, type, unit, help, samples }: FilledFamily): string {
  const head = [
    `# TYPE ${name} ${type}`,
    ...(unit === null ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
  ];
  const lines = samples.map((sample) => `${sampleText(name, sample)} ${sample.measuredAtMs / 1000}`);
  return `${[...head, ...lines].join('\n')}\n`;
}
