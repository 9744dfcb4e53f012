// SPDX-License-Identifier: GPL-2.0-only
/** The hop diagram of a backend's page, and whether a trace saw its points in the order in which it draws them. */
import assert from 'node:assert/strict';
import type { Hop } from '../../../src/model/plan.ts';
import type { Coverage, ExpectedStep } from '../../../src/model/trace-breakdown.ts';
import type { TraceStep } from '../../../src/model/trace-timelines.ts';
import { expectedSteps } from '../../../src/results/trace/names.ts';
import { isExpected } from '../../../src/trace/breakdown/coverage.ts';
import { plannedAlone } from '../../generated/backend-pages.ts';
import { blocksOf } from '../../generated/markdown.ts';

export type DrawnHop = Readonly<Record<'name' | 'where' | 'device', string>>;

export function drawnHops(kind: string): DrawnHop[] {
  const diagram = blocksOf(`docs/backends/${kind}.md`).find(({ text }) => text.includes('┌'));
  assert.ok(diagram, 'no diagram');
  return diagram.text.split('\n').flatMap((line) => {
    const found = /^ *(\S+) +[┌├└] (.+?) {2,}(\S.*?)(?: {2,}.*)?$/.exec(line);
    if (found === null) return [];
    const [, where = '', name = '', device = ''] = found;
    return [{ name, where, device }];
  });
}

/** A task that runs already is neither woken nor switched to. */
const SOMETIMES = new Set(['waking', 'switch_in']);

/** The points that must be seen from guest to host1 and back where hops are as drawn; those of hops that are not planned are none. */
export function drawnSteps(
  kind: string,
  drawn: readonly DrawnHop[],
  { asked, refused }: Pick<Coverage, 'asked' | 'refused'>,
): ExpectedStep[] {
  const { path } = plannedAlone(kind);
  const hops = drawn.map(
    ({ name, where }): Hop =>
      path.backendPlan.hops.find((hop) => hop.name === name && hop.where === where) ??
      assert.fail(`${kind} draws ${name} at ${where}, which it does not plan`),
  );
  const attached = new Set(asked.map(({ machine, point }) => `${machine} ${point}`));
  for (const { machine, point } of refused) attached.delete(`${machine} ${point}`);
  const planned = { ...path, backendPlan: { ...path.backendPlan, hops } };
  return expectedSteps(planned, { attached, machines: ['host', 'guest'], direction: 'guest-to-host1' }).filter(
    ({ point }) => !SOMETIMES.has(point),
  );
}

/** Those of the expected steps that were not seen behind the one before; empty = all were, in order. */
export function outOfOrder(expected: readonly ExpectedStep[], seen: readonly TraceStep[]): ExpectedStep[] {
  let at = 0;
  return expected.filter((step) => {
    const found = seen.findIndex((one, index) => index >= at && isExpected(one, step));
    if (found >= 0) at = found + 1;
    return found < 0;
  });
}
