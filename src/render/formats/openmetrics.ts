// SPDX-License-Identifier: GPL-2.0-only
/** Metrics as OpenMetrics 1.0 text: what a monitoring system takes from a file. Times in seconds, counts whole. */
import { plainText } from '../../words/plain-text.ts';

export type Labels = Readonly<Record<string, string | number>>;

export interface MetricSample {
  /** Behind the family's name: "", "_count", "_total", "_info". */
  readonly suffix: string;
  readonly labels: Labels;
  readonly value: number;
}

/** A metric family: its samples stand together, as the format wants it. */
interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'summary' | 'info' | 'stateset';
  readonly unit: 'seconds' | 'ratio' | null;
  readonly help: string;
  readonly samples: MetricSample[];
}

/** Ends with "# EOF" and a newline. Each of `adders` adds what one folder has to the families of all. */
export function renderOpenMetrics(adders: readonly ((families: Families) => void)[]): string {
  const families = new Families();
  for (const add of adders) add(families);
  return `${families.text()}# EOF\n`;
}

/** Families in the order in which they were first seen. */
export class Families {
  readonly #families = new Map<string, Family>();

  add(family: Omit<Family, 'samples'>, ...samples: readonly MetricSample[]): void {
    const known = this.#families.get(family.name) ?? { ...family, samples: [] };
    this.#families.set(family.name, known);
    known.samples.push(...samples.filter(({ value }) => Number.isFinite(value)));
  }

  text(): string {
    return [...this.#families.values()]
      .filter(({ samples }) => samples.length > 0)
      .map(familyText)
      .join('');
  }
}

function familyText({ name, type, unit, help, samples }: Family): string {
  const head = [
    `# TYPE ${name} ${type}`,
    ...(unit === null ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
  ];
  const lines = samples.map(({ suffix, labels, value }) => `${name}${suffix}${labelText(labels)} ${numberText(value)}`);
  return `${[...head, ...lines].join('\n')}\n`;
}

function labelText(labels: Labels): string {
  const words = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`);
  return words.length === 0 ? '' : `{${words.join(',')}}`;
}

/** The three escapes of the format; what else is no text is a blank. */
function escaped(text: string): string {
  return plainText(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '0' : String(value);
}
