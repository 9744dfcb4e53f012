// SPDX-License-Identifier: GPL-2.0-only
/** Renders a comparison as JUnit XML, for continuous integration: a test case for each threshold and path. */

import { escapeText } from '../render/markup.ts';
import { plainText } from '../words/plain-text.ts';
import { cellName, sideName } from './compare-names.ts';
import type { ComparedCell, ComparisonReport, Effect, ThresholdCell } from './compare-schema.ts';
import { effectSentence } from './compare-sentence.ts';
import { unlikeText } from './compare-text.ts';
import { OUTCOME_WORDS } from './threshold-text.ts';
import { isRefused } from './unlike.ts';

type State = 'passed' | 'failed' | 'error';

interface TestCase {
  readonly suite: string;
  readonly name: string;
  readonly state: State;
  readonly message: string;
  readonly output: string;
}

/**
 * XML of the form that Jenkins, GitLab and their like read. An exceeded threshold is a failure, one that could not be checked an
 * error. Without thresholds every primary effect is a case that passes, so that
 * the figures are kept with the build. Runs that are refused as unlike are one error.
 */
export function renderJunit(report: ComparisonReport): string {
  const cases = report.refused ? [refusal(report)] : report.thresholds.length > 0 ? checks(report) : figures(report);
  const count = (state: State): number => cases.filter((one) => one.state === state).length;
  const totals = `tests="${cases.length}" failures="${count('failed')}" errors="${count('error')}" skipped="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="hoplab compare" ${totals}>`,
    `  <testsuite name="${xml(`hoplab compare ${sideName(report.baseline)}`)}" ${totals}>`,
    ...cases.flatMap(caseLines),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function caseLines({ suite, name, state, message, output }: TestCase): string[] {
  const head = `    <testcase classname="${xml(suite)}" name="${xml(name)}">`;
  const inner = {
    passed: [],
    failed: [`      <failure message="${xml(message)}"/>`],
    error: [`      <error message="${xml(message)}"/>`],
  }[state];
  const out = output === '' ? [] : [`      <system-out>${xml(output)}</system-out>`];
  return [head, ...inner, ...out, '    </testcase>'];
}

const STATES = { held: 'passed', exceeded: 'failed', 'not-checked': 'error' } as const satisfies Record<
  ThresholdCell['outcome'],
  State
>;

function checks(report: ComparisonReport): TestCase[] {
  return report.thresholds.flatMap(({ expression, cells }) => {
    if (cells.length === 0) {
      const message = `${OUTCOME_WORDS['not-checked']}: there is nothing to check`;
      return [{ suite: 'hoplab', name: expression, state: 'error' as const, message, output: '' }];
    }
    return cells.map((cell): TestCase => {
      const compared = report.cells.find((one) => isOf(one, cell));
      const effect = compared?.effects.find((one) => one.primary && one.statistic === cell.statistic);
      const output = compared === undefined || effect === undefined ? '' : effectText(report, compared, effect);
      return {
        suite: suiteOf(report, cell.candidate, cell.probe),
        name: `${cell.path}: ${expression}`,
        state: STATES[cell.outcome],
        message: `${OUTCOME_WORDS[cell.outcome]}: ${cell.text}`,
        output,
      };
    });
  });
}

function isOf({ candidate, probe, candidatePath }: ComparedCell, cell: ThresholdCell): boolean {
  return candidate === cell.candidate && probe.name === cell.probe && candidatePath === cell.path;
}

function figures(report: ComparisonReport): TestCase[] {
  return report.cells.flatMap((cell) =>
    cell.effects
      .filter(({ primary }) => primary)
      .map((effect) => ({
        suite: suiteOf(report, cell.candidate, cell.probe.name),
        name: `${cellName(cell)} ${effect.statistic}`,
        state: 'passed' as const,
        message: '',
        output: effectText(report, cell, effect),
      })),
  );
}

function effectText(report: ComparisonReport, cell: ComparedCell, effect: Effect): string {
  const candidate = report.candidates[cell.candidate];
  if (candidate === undefined) return '';
  return `${effectSentence(cell, effect, { baseline: report.baseline, candidate })}; ${effect.method}`;
}

function suiteOf(report: ComparisonReport, candidate: number, probe: string): string {
  const side = report.candidates[candidate];
  return `hoplab.${side === undefined ? candidate : sideName(side)}.${probe}`;
}

function refusal(report: ComparisonReport): TestCase {
  const message = report.unlike.filter(isRefused).map(unlikeText).join('; ');
  return { suite: 'hoplab', name: 'the runs are alike', state: 'error', message: plainText(message, 4000), output: '' };
}

/** On one line, and for XML 1.0: no control character, which it cannot hold even escaped. */
function xml(text: string): string {
  return escapeText(plainText(text, 4000));
}
