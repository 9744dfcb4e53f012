/** A report as CSV: a row a cell, a comparison, a segment or a rung, so that a spreadsheet or a script takes all of it. */
import type { PathDiagnosis } from '../../model/diagnosis.ts';
import type { ProbeSpec } from '../../model/probe-spec.ts';
import type { CellSummary, Comparison, FailedCell, RunHeader } from '../../model/result.ts';
import type { TracedPath } from '../../model/trace-report.ts';
import type { DiagnosisSubject, RunSubject, Subject, TraceSubject } from '../../results/subject.ts';
import { plainText } from '../../words/plain-text.ts';
import { describeSegment } from '../../words/segment.ts';

/** Of every row; a field that a kind of row does not have is empty. docs/report.md says what is in each. */
export const CSV_COLUMNS = [
  'kind',
  'run',
  'label',
  'started',
  'probe',
  'protocol',
  'direction',
  'request_bytes',
  'response_bytes',
  'pace_ns',
  'wait',
  'k',
  'accel',
  'path',
  'backend',
  'twin_of',
  'reference',
  'n',
  'lost',
  'discarded',
  'preempted',
  'retransmitted',
  'skipped_slots',
  'min_ns',
  'mean_ns',
  'p50_ns',
  'p50_low_ns',
  'p50_high_ns',
  'p90_ns',
  'p99_ns',
  'p999_ns',
  'max_ns',
  'stddev_ns',
  'transactions_per_second',
  'ratio_to_host',
  'response_p50_ns',
  'response_p99_ns',
  'wakeup_share',
  'server_p50_ns',
  'proven',
  'draws',
  'guests',
  'relative',
  'relative_low',
  'relative_high',
  'difference_ns',
  'difference_low_ns',
  'difference_high_ns',
  'p_value',
  'holm_p_value',
  'margin',
  'is_twin',
  'verdict',
  'standing',
  'slots',
  'step',
  'segment',
  'place',
  'share',
  'clock_bound_ns',
  'rung',
  'outcome',
  'sent',
  'answered',
  'code',
  'reason',
] as const;

type Column = (typeof CSV_COLUMNS)[number];
type Value = string | number | boolean | null | undefined;
type Row = Readonly<Partial<Record<Column, Value>>>;

/** RFC 4180, in pieces of a line each: a head once, then the rows of every subject. */
export function* renderCsv(subjects: readonly Subject[]): Generator<string> {
  yield csvLine(CSV_COLUMNS);
  for (const subject of subjects) {
    for (const row of rowsOf(subject)) yield csvLine(CSV_COLUMNS.map((column) => row[column]));
  }
}

/** One line with its CRLF. */
export function csvLine(values: readonly Value[]): string {
  return `${values.map(csvField).join(',')}\r\n`;
}

/** What a spreadsheet takes for the beginning of a formula when it stands first in a field. */
const FORMULA = /^[=+\-@\t\r]/;

/** Texts lose their control characters, and those that would be formulas get an apostrophe before them. */
function csvField(value: Value): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const plain = plainText(value);
  const text = FORMULA.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function rowsOf(subject: Subject): Row[] {
  switch (subject.kind) {
    case 'run':
      return runRows(subject);
    case 'trace':
      return traceRows(subject);
    case 'diagnosis':
      return diagnosisRows(subject);
    default:
      return subject satisfies never;
  }
}

function runRows({ report }: RunSubject): Row[] {
  const run = { ...headOf(report.run), accel: report.machine.accel };
  return [
    ...report.probes.flatMap(({ probe, cells, comparisons }) => {
      const key = { ...run, ...probeFields(probe) };
      return [
        ...cells.map((cell): Row => ({ ...key, kind: 'cell', ...cellFields(cell) })),
        ...comparisons.map((one): Row => ({ ...key, kind: 'comparison', ...comparisonFields(one) })),
      ];
    }),
    ...report.failed.map((cell): Row => ({ ...run, kind: 'failed', ...failedFields(cell) })),
    ...report.unavailable.map(
      ({ path, backend, reason }): Row => ({ ...run, kind: 'unavailable', path, backend, reason }),
    ),
    ...report.warnings.map(({ kind, text }): Row => ({ ...run, kind: 'warning', code: kind, reason: text })),
  ];
}

function headOf({ id, label, startedAt }: RunHeader): Row {
  return { run: id, label, started: startedAt };
}

function probeFields({ name, protocol, direction, requestBytes, responseBytes, paceNs, wait }: ProbeSpec): Row {
  return {
    probe: name,
    protocol,
    direction,
    request_bytes: requestBytes,
    response_bytes: responseBytes,
    pace_ns: paceNs,
    wait,
  };
}

function cellFields(cell: CellSummary): Row {
  return {
    k: cell.k,
    path: cell.path,
    backend: cell.backend,
    twin_of: cell.twinOf,
    n: cell.n,
    lost: cell.lost,
    discarded: cell.discarded,
    preempted: cell.preempted,
    retransmitted: cell.retransmitted,
    skipped_slots: cell.skippedSlots,
    min_ns: cell.minNs,
    mean_ns: cell.meanNs,
    p50_ns: cell.p50Ns,
    p50_low_ns: cell.p50Interval?.low,
    p50_high_ns: cell.p50Interval?.high,
    p90_ns: cell.p90Ns,
    p99_ns: cell.p99Ns,
    p999_ns: cell.p999Ns,
    max_ns: cell.maxNs,
    stddev_ns: cell.stddevNs,
    transactions_per_second: cell.transactionsPerSecond,
    ratio_to_host: cell.ratioToHost,
    response_p50_ns: cell.response?.p50Ns,
    response_p99_ns: cell.response?.p99Ns,
    wakeup_share: cell.wakeupShare,
    server_p50_ns: cell.serverP50Ns,
    proven: cell.proven,
  };
}

function comparisonFields(one: Comparison): Row {
  return {
    k: one.k,
    path: one.candidate,
    reference: one.reference,
    n: one.n,
    lost: one.lost,
    discarded: one.discarded,
    draws: one.draws.length,
    guests: one.guests,
    relative: one.relative,
    relative_low: one.relativeInterval?.low,
    relative_high: one.relativeInterval?.high,
    difference_ns: one.differenceNs,
    difference_low_ns: one.differenceIntervalNs?.low,
    difference_high_ns: one.differenceIntervalNs?.high,
    p_value: one.pValue,
    holm_p_value: one.holmPValue,
    margin: one.marginRelative,
    is_twin: one.isTwin,
    verdict: one.verdict,
    standing: one.standing,
    slots: one.slots,
    reason: one.because,
  };
}

function failedFields({ probe, path, code, reason, draw }: FailedCell): Row {
  return { probe, path, reference: draw?.pair[1], code, reason };
}

function traceRows({ report }: TraceSubject): Row[] {
  const run = { ...headOf(report.run), accel: report.machine.accel, ...probeFields(report.probe), k: report.k };
  return [
    ...report.paths.flatMap((path) => segmentRows(path).map((row): Row => ({ ...run, ...row }))),
    ...report.diffs.flatMap(({ a, b, diff }) =>
      (diff?.segments ?? []).map((segment, index): Row => {
        const { what, where } = describeSegment(segment);
        const { differenceNs, interval, pValue, share } = segment;
        return {
          ...run,
          kind: 'segment-difference',
          path: b,
          reference: a,
          draws: diff?.draws,
          step: index + 1,
          segment: what,
          place: where,
          difference_ns: differenceNs,
          difference_low_ns: interval?.lowNs,
          difference_high_ns: interval?.highNs,
          holm_p_value: pValue,
          share,
        };
      }),
    ),
    ...report.failed.map((cell): Row => ({ ...run, kind: 'failed', ...failedFields(cell) })),
    ...report.warnings.map(({ kind, text }): Row => ({ ...run, kind: 'warning', code: kind, reason: text })),
  ];
}

function segmentRows({ path, backend, breakdown }: TracedPath): Row[] {
  const shown = breakdown?.common ?? breakdown?.byShape[0];
  return (shown?.segments ?? []).map((segment, index): Row => {
    const { what, where } = describeSegment(segment);
    const { minNs, meanNs, p50Ns, p99Ns, share, boundNs } = segment;
    const times = { min_ns: minNs, mean_ns: meanNs, p50_ns: p50Ns, p99_ns: p99Ns, share, clock_bound_ns: boundNs };
    const row = {
      kind: 'segment',
      path,
      backend,
      n: shown?.transactions,
      step: index + 1,
      segment: what,
      place: where,
    };
    return { ...row, ...times };
  });
}

function diagnosisRows({ diagnosis: { id, startedAt, paths, applied } }: DiagnosisSubject): Row[] {
  const head: Row = { run: id, started: startedAt };
  return [
    ...paths.flatMap((path) =>
      pathRows(path).map((row): Row => ({ ...head, ...row, path: path.path, backend: path.backend })),
    ),
    ...applied.map(
      ({ path, rule, cure, healed, failed }): Row => ({
        ...head,
        kind: 'cure',
        path,
        code: rule,
        outcome: failed !== null ? 'not applied' : healed ? 'healed' : 'not healed',
        reason: failed?.message ?? cure.what,
      }),
    ),
  ];
}

function pathRows({ ladders, verdicts, failed }: PathDiagnosis): Row[] {
  if (failed !== null) return [{ kind: 'failed', code: failed.code, reason: failed.message }];
  return [
    ...ladders.flatMap(({ direction, rungs }) =>
      rungs.map(
        ({ rung, outcome, sent, answered, detail, errno }): Row => ({
          kind: 'rung',
          direction,
          rung,
          outcome,
          sent,
          answered,
          code: errno,
          reason: detail,
        }),
      ),
    ),
    ...verdicts.map(
      ({ rule, text, confidence, severity, directions, at }): Row => ({
        kind: 'verdict',
        direction: directions.join(' '),
        place: at,
        code: rule,
        verdict: severity,
        standing: confidence,
        reason: text,
      }),
    ),
  ];
}
