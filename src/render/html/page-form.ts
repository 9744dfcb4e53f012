// SPDX-License-Identifier: GPL-2.0-only
/** What a page shows of one recorded folder, alone or beside others. */
import type { Environment } from '../../model/environment.ts';
import type { Report } from '../../model/result.ts';
import type { RunFigures } from '../../results/run/figures.ts';
import { formatCounted } from '../../words/format.ts';
import type { Markup, Piece } from '../markup.ts';
import type { Section, SectionContext } from './section.ts';

export interface PageForm {
  /** What stands under the title: the machine, the run and its command, a sentence each. */
  readonly lead: readonly string[];
  /** What must be read first; null = nothing. */
  readonly alert: Markup | null;
  /** Its row in the table of a page of several. */
  readonly row: PageRow;
  /** Of the machine; null = could not be read; absent = it is not recorded. */
  readonly environment?: Environment | null;
  /** Cells that stand beside those of other runs, path by path. */
  readonly figures?: RunFigures;
  /** What it found, the most important line first; absent: its sections say it. */
  readonly answer?: readonly Piece[];
  /** In the order in which they are read. */
  sections(context: SectionContext): Section[];
}

export interface PageRow {
  readonly startedAt: string;
  readonly state: string;
  readonly kernel: string;
  readonly guest: string;
  /** What limits it: "2 warnings, 1 failed cell". */
  readonly limits: string;
}

/** A recorded folder that has a page. */
export interface Paged {
  /** What it is: "run", "trace". */
  readonly kind: string;
  readonly id: string;
  readonly page: PageForm;
}

/** The row of what was measured. */
export function measuredRow({
  run,
  machine,
  warnings,
  failed,
}: Pick<Report, 'run' | 'machine' | 'warnings' | 'failed'>): PageRow {
  return {
    startedAt: run.startedAt,
    state: run.state,
    kernel: machine.kernel,
    guest: machine.guestKernel === null ? '-' : `${machine.guestKernel} under ${machine.accel ?? 'unknown'}`,
    limits: `${formatCounted(warnings.length, 'warning')}, ${formatCounted(failed.length, 'failed cell')}`,
  };
}
