// SPDX-License-Identifier: GPL-2.0-only
/** Metrics before they are text: families of samples, and when they were measured. Times in seconds, counts whole. */
import { plainText } from '../../words/plain-text.ts';

export type Labels = Readonly<Record<string, string | number>>;

export interface MetricSample {
  /** Behind the family's name: "", "_count", "_total", "_info". */
  readonly suffix: string;
  readonly labels: Labels;
  readonly value: number;
}

/** A metric family: its samples stand together, as every format wants it. */
export interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'summary' | 'info' | 'stateset';
  readonly unit: string | null;
  readonly help: string;
}

export interface MeasuredSample extends MetricSample {
  /** ms since the epoch. */
  readonly measuredAtMs: number;
}

export interface FilledFamily extends Family {
  readonly samples: readonly MeasuredSample[];
}

/** What adds the figures of one folder to the families of all. */
export type AddsMetrics = (families: Families) => void;

/** Families in the order in which they were first seen. */
export class Families {
  readonly #families = new Map<string, Family & { readonly samples: MeasuredSample[] }>();
  #measuredAtMs = 0;

  /** All samples that follow, until it is called again, are of this time. */
  measuredAt(time: string): void {
    this.#measuredAtMs = Date.parse(time);
  }

  add(family: Family, ...samples: readonly MetricSample[]): void {
    const known = this.#families.get(family.name) ?? { ...family, samples: [] };
    this.#families.set(family.name, known);
    const measuredAtMs = this.#measuredAtMs;
    for (const sample of samples) if (Number.isFinite(sample.value)) known.samples.push({ ...sample, measuredAtMs });
  }

  /** Those that have samples. */
  filled(): FilledFamily[] {
    return [...this.#families.values()].filter(({ samples }) => samples.length > 0);
  }
}

export function collectFamilies(adders: readonly AddsMetrics[]): FilledFamily[] {
  const families = new Families();
  for (const add of adders) add(families);
  return families.filled();
}

export function sampleText(name: string, { suffix, labels, value }: MetricSample): string {
  return `${name}${suffix}${labelText(labels)} ${numberText(value)}`;
}

function labelText(labels: Labels): string {
  const words = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`);
  return words.length === 0 ? '' : `{${words.join(',')}}`;
}

/** The three escapes of both formats; what else is no text is a blank. */
export function escaped(text: string): string {
  return plainText(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '0' : String(value);
}
