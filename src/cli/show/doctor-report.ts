// SPDX-License-Identifier: GPL-2.0-only
/** What doctor found, as data and as text. */
import type { Backend } from '../../backends/backend.ts';
import { requirementsOf } from '../../lab/plan/needs.ts';
import type { RequirementStatus } from '../../model/requirement.ts';
import type { Ability } from '../../system/abilities.ts';
import { nameRequirement } from '../../system/requirements.ts';
import { judgeTracing, type TraceAbilities } from '../../system/trace-abilities.ts';
import { missingOf } from '../../system/unavailable-paths.ts';
import { wrap } from '../../words/wrap.ts';
import { RUNS_FOLDER } from '../runs-ability.ts';
import { type Entry, entryLines } from './entry-lines.ts';

interface BackendDiagnosis {
  readonly backend: string;
  readonly summary: string;
  readonly guest: boolean;
  readonly ready: boolean;
  readonly missing: readonly { readonly what: string; readonly found: string; readonly hint: string }[];
}

export interface DoctorReport {
  /** Whether a default run can measure the floor and at least one path with a guest, and keep what it measured. */
  readonly ready: boolean;
  /** What keeps it from that; empty where it is ready. */
  readonly lacks: readonly string[];
  readonly root: boolean;
  readonly machine: string;
  readonly backends: readonly BackendDiagnosis[];
  readonly parts: readonly {
    readonly what: string;
    readonly there: boolean;
    readonly found: string;
    readonly hint: string;
  }[];
  readonly abilities: readonly Ability[];
  /** By which mechanisms a trace could be taken here. */
  readonly tracing: TraceAbilities['mechanisms'];
}

export interface DoctorFindings {
  readonly machine: string;
  readonly backends: readonly Backend[];
  readonly statuses: readonly RequirementStatus[];
  readonly abilities: readonly Ability[];
  readonly tracing: TraceAbilities;
}

export function judge({ machine, backends, statuses, abilities, tracing }: DoctorFindings): DoctorReport {
  const judged = backends.map((backend): BackendDiagnosis => {
    const missing = missingOf(requirementsOf(backend, backend.options.parse({})), statuses);
    return {
      backend: backend.kind,
      summary: backend.summary,
      guest: backend.guest,
      ready: missing.length === 0,
      missing: missing.map(({ requirement, found, hint }) => ({ what: nameRequirement(requirement), found, hint })),
    };
  });
  const lacks = lacksOf(
    judged.flatMap(({ ready, guest }) => (ready ? [guest] : [])),
    abilities,
  );
  const parts = statuses.filter(({ requirement: { kind } }) => kind === 'artifact' || kind === 'tool');
  return {
    ready: lacks.length === 0,
    lacks,
    root: process.getuid?.() === 0,
    machine,
    backends: judged,
    parts: parts.map(({ requirement, met, found, hint }) => ({
      what: nameRequirement(requirement),
      there: met,
      found,
      hint,
    })),
    abilities: [...abilities, judgeTracing(tracing)],
    tracing: tracing.mechanisms,
  };
}

function lacksOf(guests: readonly boolean[], abilities: readonly Ability[]): string[] {
  const unwritten = abilities.some(({ name, state }) => name === RUNS_FOLDER && state === 'no');
  return [
    ...(guests.includes(true) && guests.includes(false) ? [] : ['host and at least one other backend']),
    ...(unwritten ? ['a folder of runs that can be written'] : []),
  ];
}

export function doctorText(report: DoctorReport, width: number): string {
  const say = (text: string): string[] => wrap(text, { width, first: '', rest: '  ' });
  const entry = (state: Entry['state'], name: string, found: string, hint: string): string[] =>
    entryLines({ state, name, found, hint }, width);
  const lines = [
    ...say(report.machine),
    '',
    'backends',
    ...report.backends.flatMap((backend) => backendLines(backend, entry)),
    '',
    'parts',
    ...report.parts.flatMap(({ what, there, found, hint }) => entry(there ? 'yes' : 'no', what, found, hint)),
    '',
    'abilities',
    ...report.abilities.flatMap(({ name, state, found, hint }) => entry(state, name, found, hint)),
    '',
    ...say(
      report.ready
        ? 'ready: hoplab run measures host and every backend above that says yes'
        : `not ready: hoplab run needs ${report.lacks.join(', and ')}${report.root ? '' : '; root would also tell more: sudo hoplab doctor'}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** What every backend lacks is said once, so root is named here and not as each one's fault alone. */
function backendLines(
  { backend, summary, ready, missing }: BackendDiagnosis,
  entry: (state: Entry['state'], name: string, found: string, hint: string) => string[],
): string[] {
  if (ready) return entry('yes', backend, summary, '');
  const reasons = missing.map(({ what, found }) => `${what} (${found})`).join(', ');
  return entry('no', backend, `needs ${reasons}`, [...new Set(missing.map(({ hint }) => hint))].join('; '));
}
