/** Renders a report as text for a terminal or a mail. */
import type { FailedCell, MachineLine, Report, UnavailablePath } from '../model/result.ts';
import { plainText } from '../run-store/plain-text.ts';
import { formatCounted, formatDuration, formatMoment } from './format.ts';
import { pathLabels, twinsOf } from './path-labels.ts';
import { paint, plainSigns, type TextOptions, type Tone } from './style.ts';
import { type CellContext, renderCells } from './text-cells.ts';
import { renderComparisons } from './text-comparisons.ts';
import { indented, wrap } from './wrap.ts';

/** Narrower than this nothing is laid out any more: lines then run over. */
const LEAST_WIDTH = 40;

/** Kinds that the tables themselves already say in their notes. */
const SAID_BY_TABLES = ['losses', 'discarded', 'skipped-slots', 'few-draws'];

/** The report as text that ends with a newline. Everything that came from disk is free of control characters. */
export function renderText(report: Report, asked: TextOptions): string {
  const options = { ...asked, width: Math.max(LEAST_WIDTH, Math.floor(asked.width)) };
  const context: CellContext = { label: pathLabels(report), twins: twinsOf(report), options };
  const sections = [
    ...report.probes.flatMap((probe) => [renderCells(probe, context), renderComparisons(probe, context)]),
    list(
      'not measured, because this machine lacks something',
      report.unavailable.map(unavailableLine),
      'warning',
      options,
    ),
    list('failed', failedLines(report.failed, context), 'error', options),
    list('warnings', warningLines(report), 'warning', options),
    [...machineLines(report.machine, options), ...runLines(report, options)],
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => `${lines.join('\n')}\n`);
  return plainSigns(text.join('\n'), options);
}

function list(title: string, entries: readonly string[], tone: Tone, options: TextOptions): string[] {
  if (entries.length === 0) return [];
  return [paint(title, tone, options), ...entries.flatMap((entry) => indented(entry, options.width))];
}

function unavailableLine({ path, backend, reason, hint }: UnavailablePath): string {
  const name = path === backend ? path : `${path} (${backend})`;
  return plainText(`${name}: ${reason}${hint === '' ? '' : `: ${hint}`}`);
}

/** Cells that failed for the same reason share a line: a server that died takes a draw after the other with it. */
function failedLines(failed: readonly FailedCell[], { label }: CellContext): string[] {
  const same = new Map<string, { readonly cell: FailedCell; readonly places: string[] }>();
  for (const cell of failed) {
    const key = JSON.stringify([cell.path, cell.probe, cell.code, cell.reason, cell.hint]);
    const entry = same.get(key) ?? { cell, places: [] };
    entry.places.push(cell.draw === null ? cell.part : `draw ${cell.draw.draw} against ${label(cell.draw.pair[1])}`);
    same.set(key, entry);
  }
  return [...same.values()].map(({ cell, places }) => {
    const [place = '', second] = places;
    const where = second === undefined ? place : `${formatCounted(places.length, 'time')}`;
    const hint = cell.hint === null ? '' : `: ${cell.hint}`;
    return plainText(`${label(cell.path)}, ${cell.probe}, ${where}: ${cell.code}: ${cell.reason}${hint}`);
  });
}

function warningLines({ warnings }: Report): string[] {
  return warnings.filter(({ kind }) => !SAID_BY_TABLES.includes(kind)).map(({ text }) => plainText(text));
}

function machineLines(machine: MachineLine, options: TextOptions): string[] {
  const { hostname, cpu, cpus, kernel, qemu, guestKernel, accel, scheduling } = machine;
  const guest = guestKernel === null ? [] : [`guest Linux ${guestKernel}${accel === null ? '' : ` under ${accel}`}`];
  const parts = [
    hostname,
    `${cpu}, ${formatCounted(cpus, 'CPU')}`,
    `Linux ${kernel}`,
    ...(qemu === null ? [] : [`QEMU ${qemu}`]),
    ...guest,
    `scheduling ${scheduling}`,
  ];
  return faint(`machine: ${parts.join(' · ')}`, options);
}

function runLines({ run }: Report, options: TextOptions): string[] {
  const took = run.endedAt === null ? NaN : Date.parse(run.endedAt) - Date.parse(run.startedAt);
  const time =
    Number.isFinite(took) && took >= 0
      ? ` ${run.state === 'finished' ? 'in' : 'after'} ${formatDuration(took * 1e6)}`
      : '';
  return faint(
    `run ${run.id}: ${run.state}${time}, started ${formatMoment(run.startedAt)}, hoplab ${run.tool.version}`,
    options,
  );
}

function faint(text: string, options: TextOptions): string[] {
  const lines = wrap(plainText(text), { width: options.width, first: '', rest: '  ' });
  return lines.map((line) => paint(line, 'faint', options));
}
