/** A report as OpenMetrics 1.0 text: what a monitoring system takes from a file. Times in seconds, counts whole. */
import type { ProbeSpec } from '../../model/probe-spec.ts';
import type { CellSummary, Comparison, RunHeader } from '../../model/result.ts';
import type { DiagnosisSubject, RunSubject, Subject, TraceSubject } from '../../results/subject.ts';
import { formatDuration } from '../../words/format.ts';
import { plainText } from '../../words/plain-text.ts';
import { describeSegment } from '../../words/segment.ts';

type Labels = Readonly<Record<string, string | number>>;

interface Sample {
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
  readonly samples: Sample[];
}

/** Ends with "# EOF" and a newline. */
export function renderOpenMetrics(subjects: readonly Subject[]): string {
  const families = new Families();
  for (const subject of subjects) {
    switch (subject.kind) {
      case 'run':
        addRun(families, subject);
        break;
      case 'trace':
        addTrace(families, subject);
        break;
      case 'diagnosis':
        addDiagnosis(families, subject);
        break;
      default:
        subject satisfies never;
    }
  }
  return `${families.text()}# EOF\n`;
}

/** Families in the order in which they were first seen. */
class Families {
  readonly #families = new Map<string, Family>();

  add(family: Omit<Family, 'samples'>, ...samples: readonly Sample[]): void {
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

const seconds = (ns: number): number => Number((ns / 1e9).toPrecision(15));

function runLabels({ id, label }: RunHeader): Labels {
  return { run: id, ...(label === null ? {} : { label }) };
}

/** What a latency means nothing without. */
function keyOf(run: RunHeader, probe: ProbeSpec, k: number): Labels {
  const { name, protocol, direction } = probe;
  return { ...runLabels(run), probe: name, protocol, direction, pace: paceText(probe), k };
}

/** As `--pace` takes it: "0", "10ms". */
function paceText({ paceNs }: ProbeSpec): string {
  return paceNs === 0 ? '0' : formatDuration(paceNs).replace(' ', '');
}

function addRunInfo(families: Families, { run, machine, tool }: RunSubject['report'] | TraceSubject['report']): void {
  const { hostname, cpu, kernel, qemu, guestKernel, accel, scheduling } = machine;
  const known = {
    hostname,
    cpu,
    kernel,
    qemu,
    guest_kernel: guestKernel,
    accel,
    scheduling,
    version: tool.version,
    state: run.state,
  };
  const labels = Object.fromEntries(
    Object.entries(known).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
  );
  families.add(
    { name: 'hoplab_run', type: 'info', unit: null, help: 'The machine and the state of a run.' },
    { suffix: '_info', labels: { ...runLabels(run), ...labels }, value: 1 },
  );
  families.add(
    {
      name: 'hoplab_run_start_time_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: 'When the run started, since the epoch.',
    },
    { suffix: '', labels: runLabels(run), value: Date.parse(run.startedAt) / 1000 },
  );
}

function addRun(families: Families, { report }: RunSubject): void {
  addRunInfo(families, report);
  for (const { probe, cells, comparisons } of report.probes) {
    for (const cell of cells)
      addCell(families, cell, { ...keyOf(report.run, probe, cell.k), path: cell.path, backend: cell.backend });
    for (const one of comparisons) {
      addComparison(families, one, {
        ...keyOf(report.run, probe, one.k),
        path: one.candidate,
        reference: one.reference,
      });
    }
  }
  families.add(
    { name: 'hoplab_failed_cells', type: 'gauge', unit: null, help: 'Cells of the run that could not be measured.' },
    { suffix: '', labels: runLabels(report.run), value: report.failed.length },
  );
  families.add(
    { name: 'hoplab_warnings', type: 'gauge', unit: null, help: 'Warnings that limit the figures of the run.' },
    { suffix: '', labels: runLabels(report.run), value: report.warnings.length },
  );
}

function addCell(families: Families, cell: CellSummary, labels: Labels): void {
  const quantiles: readonly (readonly [number, number | null])[] = [
    [0, cell.minNs],
    [0.5, cell.p50Ns],
    [0.9, cell.p90Ns],
    [0.99, cell.p99Ns],
    [0.999, cell.p999Ns],
    [1, cell.maxNs],
  ];
  const at = (quantile: number, ns: number | null): Sample[] =>
    ns === null ? [] : [{ suffix: '', labels: { ...labels, quantile: quantileText(quantile) }, value: seconds(ns) }];
  families.add(
    {
      name: 'hoplab_rtt_seconds',
      type: 'summary',
      unit: 'seconds',
      help: 'Whole round trips, service time; lost and discarded ones are not in it.',
    },
    ...quantiles.flatMap(([quantile, ns]) => at(quantile, ns)),
    { suffix: '_count', labels, value: cell.n },
    { suffix: '_sum', labels, value: seconds(cell.meanNs * cell.n) },
  );
  const { response, p50Interval } = cell;
  if (response !== null) {
    families.add(
      {
        name: 'hoplab_response_seconds',
        type: 'summary',
        unit: 'seconds',
        help: 'Round trips from the intended start: late starts are in them.',
      },
      ...at(0.5, response.p50Ns),
      ...at(0.99, response.p99Ns),
    );
  }
  if (p50Interval !== null) {
    const help = 'Ends of the 95 % interval of p50, for this plugging of the NICs alone.';
    families.add(
      { name: 'hoplab_rtt_p50_bound_seconds', type: 'gauge', unit: 'seconds', help },
      { suffix: '', labels: { ...labels, bound: 'low' }, value: seconds(p50Interval.low) },
      { suffix: '', labels: { ...labels, bound: 'high' }, value: seconds(p50Interval.high) },
    );
  }
  for (const [name, help, value] of [
    ['hoplab_lost', 'Transactions without a response within the time-out.', cell.lost],
    ['hoplab_discarded', 'Transactions left out because a time did not fit its field.', cell.discarded],
    ['hoplab_retransmitted', 'Transactions during which the connection retransmitted.', cell.retransmitted],
    [
      'hoplab_skipped_slots',
      "The client's paced slots that passed while a transaction was under way.",
      cell.skippedSlots,
    ],
  ] as const) {
    families.add({ name, type: 'counter', unit: null, help }, { suffix: '_total', labels, value });
  }
  families.add(
    {
      name: 'hoplab_path_proven',
      type: 'gauge',
      unit: null,
      help: '1 where counters show that the transactions took the path.',
    },
    { suffix: '', labels, value: cell.proven ? 1 : 0 },
  );
}

/** Canonical, as the format wants numbers in labels. */
function quantileText(quantile: number): string {
  return Number.isInteger(quantile) ? quantile.toFixed(1) : String(quantile);
}

const VERDICTS = [
  'slower',
  'faster',
  'no-difference',
  'unresolved',
  'too-few-draws',
  'invalid',
] as const satisfies readonly Comparison['verdict'][];

function addComparison(families: Families, one: Comparison, key: Labels): void {
  const labels = { ...key, twin: one.isTwin ? 'yes' : 'no' };
  const ratio = (name: string, help: string, relative: number | undefined): void => {
    if (relative === undefined) return;
    families.add({ name, type: 'gauge', unit: 'ratio', help }, { suffix: '', labels, value: 1 + relative });
  };
  ratio('hoplab_comparison_ratio', 'p50 of the path over that of the reference, mean over draws.', one.relative);
  ratio('hoplab_comparison_low_ratio', 'Lower end of its 95 % interval over draws.', one.relativeInterval?.low);
  ratio('hoplab_comparison_high_ratio', 'Upper end of its 95 % interval over draws.', one.relativeInterval?.high);
  families.add(
    { name: 'hoplab_comparison_draws', type: 'gauge', unit: null, help: 'Draws that a comparison rests on.' },
    { suffix: '', labels, value: one.draws.length },
  );
  families.add(
    { name: 'hoplab_comparison_verdict', type: 'stateset', unit: null, help: 'What a comparison says.' },
    ...VERDICTS.map(
      (verdict): Sample => ({
        suffix: '',
        labels: { ...labels, hoplab_comparison_verdict: verdict },
        value: verdict === one.verdict ? 1 : 0,
      }),
    ),
  );
}

function addTrace(families: Families, { report }: TraceSubject): void {
  addRunInfo(families, report);
  for (const { path, backend, breakdown } of report.paths) {
    const shown = breakdown?.common ?? breakdown?.byShape[0];
    for (const [index, segment] of (shown?.segments ?? []).entries()) {
      const { what, where } = describeSegment(segment);
      const labels = {
        ...keyOf(report.run, report.probe, report.k),
        path,
        backend,
        step: index + 1,
        segment: what,
        place: where,
      };
      families.add(
        {
          name: 'hoplab_segment_seconds',
          type: 'summary',
          unit: 'seconds',
          help: 'What lies between two points of a traced round trip.',
        },
        { suffix: '', labels: { ...labels, quantile: '0.5' }, value: seconds(segment.p50Ns) },
        { suffix: '', labels: { ...labels, quantile: '0.99' }, value: seconds(segment.p99Ns) },
        { suffix: '_count', labels, value: shown?.transactions ?? 0 },
        { suffix: '_sum', labels, value: seconds(segment.meanNs * (shown?.transactions ?? 0)) },
      );
    }
  }
}

const OUTCOMES = ['pass', 'fail', 'not-applicable', 'not-tried'] as const;

function addDiagnosis(families: Families, { diagnosis }: DiagnosisSubject): void {
  const run = diagnosis.id;
  for (const { path, backend, ladders, verdicts } of diagnosis.paths) {
    for (const { direction, rungs } of ladders) {
      for (const { rung, outcome } of rungs) {
        families.add(
          {
            name: 'hoplab_rung',
            type: 'stateset',
            unit: null,
            help: 'Whether a protocol passes a path in a direction.',
          },
          ...OUTCOMES.map(
            (each): Sample => ({
              suffix: '',
              labels: { run, path, backend, direction, rung, hoplab_rung: each },
              value: each === outcome ? 1 : 0,
            }),
          ),
        );
      }
    }
    for (const { rule, severity, confidence } of verdicts) {
      families.add(
        { name: 'hoplab_verdict', type: 'info', unit: null, help: 'A rule that found a fault on a path.' },
        { suffix: '_info', labels: { run, path, backend, rule, severity, confidence }, value: 1 },
      );
    }
  }
}
