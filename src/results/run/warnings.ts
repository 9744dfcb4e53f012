// SPDX-License-Identifier: GPL-2.0-only
/** What a reader must know before believing a report: one line each, ending with what to do where something can be done. */

import type { ProbeReport, Warning } from '../../model/result.ts';
import { isDifferent } from '../../model/result.ts';
import { wasKilled } from '../../model/run-header.ts';
import { isHeadGuessed, type Run } from '../../run-store/read-run.ts';
import { VERDICT_DRAWS, VERDICT_GUESTS } from '../../stats/compare-draws.ts';
import { formatCounted, formatPercentSize, formatUs } from '../../words/format.ts';
import { environmentWarnings } from './environment-warnings.ts';

/** All warnings of a run, the gravest first; those that the lab recorded while it measured come last. */
export function buildWarnings(run: Run, probes: readonly ProbeReport[]): readonly Warning[] {
  return [
    ...unfinished(run),
    ...run.damage.map((text) => ({
      kind: 'damaged',
      text: `${text}: copy the run folder again if another copy exists`,
    })),
    ...probes.flatMap(twinFailed),
    ...notProven(run),
    ...probes.flatMap((probe) => rotations(run, probe)),
    ...environmentWarnings(run),
    ...fewDraws(probes),
    ...probes.flatMap(losses),
    ...probes.flatMap(discarded),
    ...probes.flatMap((probe) => slots(run, probe)),
    ...run.warnings,
  ];
}

function unfinished(run: Run): Warning[] {
  const { header, blocks, plan } = run;
  if (header.state === 'finished') return [];
  // Draws that are added are in no plan.
  const of = plan === null || blocks.length > plan.blocks.length ? '' : ` of ${plan.blocks.length}`;
  const have = `${formatCounted(blocks.length, 'block')}${of} ${blocks.length === 1 ? 'is' : 'are'} here`;
  if (isHeadGuessed(run)) {
    const text = `run.json cannot be read, so that nothing tells how the run ended: ${have}`;
    return [{ kind: 'unfinished', text }];
  }
  const what = {
    running: `the run has not ended: ${have}; hoplab runs tells whether it is still alive`,
    interrupted: `the run was ${wasKilled(header) ? 'killed, its process is gone' : 'interrupted'}: ${have}; hoplab run measures all of them`,
    failed: `the run failed: ${have}; its logs/ say why`,
  }[header.state];
  return [{ kind: 'unfinished', text: what }];
}

function twinFailed({ probe, comparisons }: ProbeReport): Warning[] {
  return comparisons
    .filter((comparison) => comparison.isTwin && isDifferent(comparison))
    .map((twin) => ({
      kind: 'twin-failed',
      text:
        `${probe.name}: the A/A control came out ${formatPercentSize(twin.relative)} ${twin.direction ?? 'other'}, so that no comparison of ` +
        'this probe holds: run again on a quieter machine, or with --thorough',
    }));
}

/** Of all blocks: a draw on a path that is not proven weakens its comparison as much as a row. */
function notProven({ blocks }: Run): Warning[] {
  const paths = new Set(
    blocks.flatMap((block) => block.proofs.filter(({ proven }) => !proven).map(({ path }) => path)),
  );
  return [...paths].map((path) => {
    const of = blocks.filter((block) => block.paths.includes(path));
    const failed = of.flatMap(({ proofs }) => proofs.filter((proof) => proof.path === path && !proof.proven));
    const [evidence = 'no counter was read'] = failed.flatMap((proof) => proof.evidence);
    const text =
      `${path}: in ${failed.length} of ${formatCounted(of.length, 'block')} the counters along the path do not show that the ` +
      `transactions went that way (${evidence}): blocks/ and logs/ of the run folder have more`;
    return { kind: 'not-proven', text };
  });
}

/** What rotates together is part of a latency; a path that died leaves the others a shorter rotation. */
function rotations({ blocks }: Run, { probe, cells }: ProbeReport): Warning[] {
  const varied = cells.filter(({ path }) => {
    const own = blocks.filter(
      (block) => block.part === 'overview' && block.probe === probe.name && block.paths.includes(path),
    );
    return new Set(own.map((block) => block.paths.length)).size > 1;
  });
  if (varied.length === 0) return [];
  const names = varied.map(({ path }) => path).join(', ');
  const text = `${probe.name}: not all blocks of ${names} had the same number of paths in rotation, which shifts a latency: run again`;
  return [{ kind: 'rotation', text }];
}

function fewDraws(probes: readonly ProbeReport[]): Warning[] {
  const few = probes.flatMap(({ comparisons }) => comparisons).filter(({ standing }) => standing === 'indication');
  const [least] = few.sort((a, b) => a.draws.length - b.draws.length);
  if (least === undefined) return [];
  const text =
    `comparisons rest on as few as ${formatCounted(least.draws.length, 'draw')} in ${formatCounted(least.guests, 'guest')} ` +
    `and are indications; a verdict needs ${VERDICT_DRAWS} draws in ${VERDICT_GUESTS} guests: hoplab run --thorough`;
  return [{ kind: 'few-draws', text }];
}

function losses({ probe, cells, comparisons }: ProbeReport): Warning[] {
  const lossy = cells.filter((cell) => cell.lost > 0).map(({ path, lost, n }) => `${path} ${lost} of ${n + lost}`);
  const drawn = comparisons
    .filter(({ lost }) => lost > 0)
    .map(({ candidate, reference, lost }) => {
      return `${candidate} with ${reference} ${lost} in its draws`;
    });
  const all = [...lossy, ...drawn];
  if (all.length === 0) return [];
  return [{ kind: 'losses', text: `${probe.name}: lost: ${all.join(', ')}; no percentile holds them` }];
}

function discarded({ probe, cells, comparisons }: ProbeReport): Warning[] {
  const found = cells.filter((cell) => cell.discarded > 0).map((cell) => `${cell.path} ${cell.discarded}`);
  const drawn = comparisons
    .filter((pair) => pair.discarded > 0)
    .map((pair) => {
      return `${pair.candidate} with ${pair.reference} ${pair.discarded} in its draws`;
    });
  const all = [...found, ...drawn];
  if (all.length === 0) return [];
  const text = `${probe.name}: left out because a time did not fit its field: ${all.join(', ')}`;
  return [{ kind: 'discarded', text }];
}

/** Where slots were skipped or starts came late, the service time flatters; the response time does not. */
function slots(run: Run, { probe, cells }: ProbeReport): Warning[] {
  if (probe.paceNs === 0) return [];
  const blocks = run.blocks.filter((block) => block.part === 'overview' && block.probe === probe.name);
  const skipped = blocks.reduce((sum, block) => sum + block.counts.skippedSlots, 0);
  const sent = cells.reduce((sum, cell) => sum + cell.n + cell.lost + cell.discarded, 0);
  const late = cells.flatMap((cell) => {
    if (cell.unit !== undefined || cell.response === null) return [];
    const { path, p99Ns, response } = cell;
    return response.p99Ns > 2 * p99Ns ? [{ path, p99Ns, fromIntentNs: response.p99Ns }] : [];
  });
  const warnings: Warning[] = [];
  if (skipped > 0) {
    const text = `${probe.name}: ${skipped} of ${skipped + sent} slots passed while a transaction was under way: the pace was not held`;
    warnings.push({ kind: 'skipped-slots', text });
  }
  if (late.length > 0) {
    const figures = late.map(({ path, p99Ns, fromIntentNs }) => {
      return `${path} ${formatUs(p99Ns)} -> ${formatUs(fromIntentNs)} us`;
    });
    const text = `${probe.name}: starts came late; p99 of the service time -> p99 from the intended start, which holds the wait: ${figures.join(', ')}`;
    warnings.push({ kind: 'late', text });
  }
  return warnings;
}
