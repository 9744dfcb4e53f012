// SPDX-License-Identifier: GPL-2.0-only
/** Prints what was measured with the goal beside it. */

export interface GoalRow {
  readonly what: string;
  readonly measured: string;
  /** "at most 7 %"; empty where there is no goal. */
  readonly goal: string;
  /** null where there is no goal. */
  readonly met: boolean | null;
}

/** Lines of equal columns: what, measured, goal, and "met" or "MISSED". */
export function renderGoals(title: string, rows: readonly GoalRow[]): string {
  const cells = [
    ['', 'measured', 'goal', ''],
    ...rows.map(({ what, measured, goal, met }) => [what, measured, goal, met === null ? '' : met ? 'met' : 'MISSED']),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return `\n${title}\n${lines.map((line) => `  ${line}`.trimEnd()).join('\n')}\n`;
}

/** 0.0123 -> "1.23 %"; signed where a sign matters. */
export function percent(share: number, { digits = 2, signed = false } = {}): string {
  return `${signed && share >= 0 ? '+' : ''}${(share * 100).toFixed(digits)} %`;
}
