/** A report as GitHub's Markdown: for an issue, a merge request or a wiki. */
import type { Diagnosis, PathDiagnosis } from '../../model/diagnosis.ts';
import { RUNGS } from '../../model/ladder.ts';
import type { ProbeReport, Report } from '../../model/result.ts';
import type { TracedPath, TraceReport } from '../../model/trace-report.ts';
import { type Subject, subjectId } from '../../results/subject.ts';
import { cureText } from '../../words/cure.ts';
import { DIRECTION_NAMES, formatHeading, formatMoment, formatSmallUs, formatUs } from '../../words/format.ts';
import { describeSegment } from '../../words/segment.ts';
import { sentence } from '../../words/sentence.ts';
import { CELL_COLUMNS } from '../text/cell-columns.ts';
import { countText, UNPROVEN } from '../text/cells.ts';
import { basis, orderComparisons } from '../text/comparisons.ts';
import { cureOutcome, failureText, priceStatements } from '../text/cures.ts';
import { isUnexplained, refusedSources, smallestText, UNEXPLAINED } from '../text/diagnosis.ts';
import { footTexts } from '../text/foot.ts';
import { notes } from '../text/notes.ts';
import { failedLines, unavailableLine } from '../text/run.ts';
import { type RunWords, runWords } from '../text/run-words.ts';
import { pathFacts, traceNotes } from '../text/trace.ts';
import { describeDifference, diffVerdict, signedUs } from '../text/trace-diff.ts';
import { markdownCode, markdownList, markdownTable, markdownText } from './markdown-text.ts';

/** One document of all subjects; ends with a newline. */
export function renderMarkdown(subjects: readonly Subject[]): string {
  return subjects.map(subjectText).join('\n');
}

function subjectText(subject: Subject): string {
  const title = `## hoplab ${subject.kind} ${markdownCode(subjectId(subject))}\n`;
  return [title, ...partsOf(subject)].filter((part) => part !== '').join('\n');
}

function partsOf(subject: Subject): string[] {
  switch (subject.kind) {
    case 'run':
      return runParts(subject.report);
    case 'trace':
      return traceParts(subject.report);
    case 'diagnosis':
      return diagnosisParts(subject.diagnosis);
    default:
      return subject satisfies never;
  }
}

function runParts(report: Report): string[] {
  const words = runWords(report);
  return [
    ...report.probes.map((probe) => cellTable(probe, words)),
    ...report.probes.map((probe) => comparisonList(probe, words)),
    ...limits(report, words.label),
    markdownList('Notes', notes(report, words.table, words.context)),
    foot(report),
  ];
}

function cellTable({ probe, k, cells }: ProbeReport, { context, label }: RunWords): string {
  const rotation = k > 1 ? `K = ${k} paths in rotation` : 'K = 1, each path on its own';
  const heading = `### ${markdownText(probe.name)}: ${markdownText(formatHeading(probe, rotation, context.emulated))}\n`;
  if (cells.length === 0) return `${heading}\nNo row: no overview block can be used.\n`;
  const columns = CELL_COLUMNS.filter(({ exact }) => cells.some((cell) => exact(cell) !== null));
  const rows = cells.map((cell) => [
    `${markdownText(label(cell.path))}${cell.proven ? '' : `\\${UNPROVEN}`}`,
    ...columns.map((column) => markdownText(column.cell(cell) ?? '-').replace(/^\\-/, '-')),
  ]);
  const heads = columns.map(({ head }) => ({ head: markdownText(head), align: 'right' }) as const);
  const counts = countText(cells, { label });
  const table = markdownTable([{ head: 'RTT in us', align: 'left' }, ...heads], rows);
  return `${heading}\n${table}${counts === '' ? '' : `\n${markdownText(counts)}\n`}`;
}

function comparisonList({ probe, comparisons }: ProbeReport, { context, label }: RunWords): string {
  if (comparisons.length === 0) return '';
  const { controlFailed, ordered } = orderComparisons(comparisons);
  const title = `Comparisons, ${markdownText(formatHeading(probe, basis(comparisons), context.emulated))}`;
  return markdownList(
    title,
    ordered.map((one) => sentence(one, { label, controlFailed })),
  );
}

function limits(
  { warnings, failed, unavailable }: Pick<Report, 'warnings' | 'failed' | 'unavailable'>,
  label: RunWords['label'],
): string[] {
  return [
    markdownList(
      'Warnings',
      warnings.map(({ text }) => text),
    ),
    markdownList('Failed', failedLines(failed, { label })),
    markdownList('Not measured', unavailable.map(unavailableLine)),
  ];
}

function foot(report: Pick<Report, 'machine' | 'run' | 'tool'>): string {
  return footTexts(report)
    .map((text) => `${markdownText(text)}\\\n`)
    .join('')
    .replace(/\\\n$/, '\n');
}

function traceParts(report: TraceReport): string[] {
  const label = (path: string): string => path;
  return [
    ...report.paths.map((path) => tracedPath(path, report)),
    ...(report.diffs.length === 1 ? report.diffs.map(difference) : []),
    ...limits(report, label),
    markdownList('Notes', traceNotes(report)),
    foot(report),
  ];
}

function tracedPath(path: TracedPath, report: TraceReport): string {
  const name = path.path === path.backend ? path.path : `${path.path} (${path.backend})`;
  const k = path.backend === 'host' ? 1 : report.k;
  const emulated = path.backend !== 'host' && report.machine.accel === 'tcg';
  const key = formatHeading(report.probe, k === 1 ? 'alone' : `K = ${k} paths in rotation`, emulated);
  const shown = path.breakdown?.common ?? path.breakdown?.byShape[0] ?? null;
  const heads = ['min', 'mean', 'p50', 'p99', 'share', '± clock'].map((head) => ({ head, align: 'right' }) as const);
  const rows = (shown?.segments ?? []).map((segment) => {
    const { what, where } = describeSegment(segment);
    const { minNs, meanNs, p50Ns, p99Ns, share, boundNs } = segment;
    const times = [minNs, meanNs, p50Ns, p99Ns].map(formatUs);
    return [
      markdownText(what),
      markdownText(where),
      ...times,
      `${(share * 100).toFixed(1)} %`,
      boundNs === null ? '-' : formatSmallUs(boundNs),
    ];
  });
  const total =
    shown === null
      ? []
      : [
          [
            '**first point to last**',
            '',
            ...[shown.total.minNs, shown.total.meanNs, shown.total.p50Ns, shown.total.p99Ns].map(formatUs),
            '100 %',
            '-',
          ],
        ];
  const columns = [{ head: 'segment, us', align: 'left' }, { head: 'where', align: 'left' }, ...heads] as const;
  const facts = pathFacts(path, shown)
    .map((fact) => `- ${markdownText(fact)}\n`)
    .join('');
  return `### ${markdownText(name)}: ${markdownText(key)}\n\n${shown === null ? '' : `${markdownTable(columns, [...rows, ...total])}\n`}${facts}`;
}

function difference({ a, b, diff }: TraceReport['diffs'][number]): string {
  const title = `### ${markdownText(b)} against ${markdownText(a)}\n`;
  if (diff === null) return `${title}\nNo block of both can be used.\n`;
  const rows = [
    ...diff.segments.map((segment) => ({ ...segment, ...describeDifference(segment) })),
    { ...diff.total, what: 'all of it', where: '' },
  ];
  const columns = [
    { head: 'segment', align: 'left' },
    { head: 'where', align: 'left' },
    ...[`${markdownText(a)}, us`, `${markdownText(b)}, us`, 'difference', '95 %'].map(
      (head) => ({ head, align: 'right' }) as const,
    ),
  ] as const;
  const table = rows.map(({ what, where, meanANs, meanBNs, differenceNs, interval, pValue }) => [
    markdownText(what),
    markdownText(where),
    formatUs(meanANs),
    formatUs(meanBNs),
    signedUs(differenceNs),
    interval === null
      ? '-'
      : `\\[${signedUs(interval.lowNs)}, ${signedUs(interval.highNs)}\\]${pValue !== null && pValue < 0.05 ? ' \\*' : ''}`,
  ]);
  return `${title}\n${markdownTable(columns, table)}\n${markdownText(diffVerdict(diff.draws))}\n`;
}

function diagnosisParts(diagnosis: Diagnosis): string[] {
  const { paths, applied, prices, unavailable, sources, lab, kernel, guest, startedAt, tool, argv } = diagnosis;
  const system = `lab ${lab}, Linux ${kernel}${guest === null ? '' : `, guest Linux ${guest}`}, started ${formatMoment(startedAt)}, hoplab ${tool.version}`;
  return [
    ...paths.map(diagnosedPath),
    markdownList(
      'Cures applied',
      applied.map((one) => `${one.path}, cure ${one.number}: ${cureText(one.cure)}: ${cureOutcome(one)}`),
    ),
    ...prices.map((price) => markdownList(`What it costs: ${markdownText(price.path)}`, priceStatements(price))),
    markdownList('Not looked at', unavailable.map(unavailableLine)),
    markdownList('What this machine refused to tell', refusedSources(sources)),
    `${markdownText(system)}\\\ncommand: ${markdownCode(['hoplab', ...argv].join(' '))}\n`,
  ];
}

function diagnosedPath(path: PathDiagnosis): string {
  const { failed, ladders, verdicts } = path;
  const title = `### ${markdownText(path.path === path.backend ? path.path : `${path.path} (${path.backend})`)}\n`;
  if (failed !== null) return `${title}\nCould not be attached: ${markdownText(failureText(failed))}\n`;
  const rungs = RUNGS.filter((rung) => ladders.some((ladder) => ladder.rungs.some((one) => one.rung === rung)));
  const table = markdownTable(
    [
      { head: 'rung', align: 'left' },
      ...ladders.map(({ direction }) => ({ head: markdownText(DIRECTION_NAMES[direction]), align: 'left' }) as const),
    ],
    rungs.map((rung) => [
      rung,
      ...ladders.map((ladder) => OUTCOMES[ladder.rungs.find((one) => one.rung === rung)?.outcome ?? 'not-tried']),
    ]),
  );
  const smallest = ladders
    .flatMap((ladder) => smallestText(ladder) ?? [])
    .map((text) => `- ${markdownText(text)}\n`)
    .join('');
  const found = verdicts.map(verdictText).join('\n');
  return [title, table, smallest, found, isUnexplained(path) ? `${UNEXPLAINED}\n` : '']
    .filter((part) => part !== '')
    .join('\n');
}

const OUTCOMES = { pass: 'pass', fail: '**FAIL**', 'not-applicable': 'n/a', 'not-tried': '-' } as const;

function verdictText(
  { text, confidence, severity, rule, evidence, cures, directions }: PathDiagnosis['verdicts'][number],
  index: number,
): string {
  const where = directions.map((way) => DIRECTION_NAMES[way]).join(', ');
  const head = `${index + 1}. **${markdownText(text)}** (${confidence}, ${severity}; ${markdownText(where)}) ${markdownCode(rule)}\n`;
  const inside = [...evidence, ...cures.map((cure, number) => `cure ${number + 1}: ${cureText(cure)}`)];
  return head + inside.map((line) => `   - ${markdownText(line)}\n`).join('');
}
