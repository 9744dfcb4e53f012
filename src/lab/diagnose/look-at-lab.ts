// SPDX-License-Identifier: GPL-2.0-only
/** Opens a lab to look at it: boots the guest, climbs the ladders of all paths, gathers evidence where one fails. */

import { writePcapng } from '../../diagnose/pcapng.ts';
import type { Failure, PathDiagnosis } from '../../model/diagnosis.ts';
import { HoplabError } from '../../model/errors.ts';
import type { LabSpec } from '../../model/lab-spec.ts';
import type { Rung } from '../../model/ladder.ts';
import { type Direction, HOST2 } from '../../model/place.ts';
import type { MachineFacts, PathPlan, Plan } from '../../model/plan.ts';
import type { Progress } from '../../model/progress.ts';
import type { EvidenceSource } from '../../model/source.ts';
import type { DiagnosisFolder } from '../../run-store/diagnosis-folder.ts';
import { toolVersion } from '../../system/paths.ts';
import { overrunsOf } from '../live/attach.ts';
import { bootPlugged } from '../live/boot-plugged.ts';
import { type Lab, machineAt, openLab } from '../live/open.ts';
import { tellOverruns } from '../live/tell-overruns.ts';
import { diagnosePath, type LookedAtPath } from './diagnose-path.ts';
import { attempt, failureOf } from './failure.ts';
import type { LookAt } from './look-at.ts';

/** Nothing is measured while it is looked: no draws, no twin. */
export function stillSpec(spec: LabSpec): LabSpec {
  return { ...spec, comparison: { ...spec.comparison, draws: 0, twin: false, pairs: [] } };
}

/** A service that the kernel ended says nothing of its data path any more. */
const OVERRUN = { kind: 'data-path', places: [HOST2], device: null, used: false } as const;

export interface LookOptions {
  readonly folder: DiagnosisFolder;
  /** Before the names of the files of this lab, where one diagnosis opens several. */
  readonly name: string;
  /** Default: all. */
  readonly directions?: readonly Direction[];
  /** Default: all. */
  readonly rungs?: readonly Rung[];
  /** Climbs, and gathers no evidence where a rung fails. */
  readonly ladderOnly?: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface LookedAtLab {
  /** The kernel of host2's machine. */
  readonly kernel: string;
  /** The guest's kernel. */
  readonly guest: string | null;
  readonly paths: readonly PathDiagnosis[];
  readonly sources: readonly EvidenceSource[];
}

interface PathLook extends LookOptions, Pick<LookedAtLab, 'kernel'> {
  readonly facts: MachineFacts;
}

/** Opens the lab and climbs the ladders of all its paths. */
export async function lookAtLab(plan: Plan, options: LookOptions): Promise<LookedAtLab> {
  const { folder, name, progress, signal } = options;
  const logPath = (log: string) => folder.logPath(`${name}${log}`);
  await using lab: Lab = await openLab(plan, { id: `${folder.id}${name}`, signal, progress, logPath });
  const failed = new Map<string, unknown>(lab.failed.map(({ plan: path, error }) => [path.name, error]));
  const booted = plan.guests === 0 ? null : await bootPlugged(lab, { busybox: null, progress, signal });
  await using _guest = booted?.session ?? null;
  for (const [path, error] of booted?.failed ?? []) failed.set(path, error);
  const { kernel } = await machineAt(lab, HOST2).facts(signal);
  const paths: PathDiagnosis[] = [];
  const sources: EvidenceSource[] = [];
  for (const path of plan.paths) {
    const error = failed.get(path.name);
    if (error !== undefined) {
      paths.push(notLookedAt(path, failureOf(error)));
      continue;
    }
    // A path whose ladder could not be climbed to its end, as when the guest died, leaves the others theirs.
    const looked = await attempt(
      () =>
        progress.step(`climb the ladder of ${path.name}`, () =>
          lookAtPath({ lab, path, signal }, { ...options, facts: plan.facts, kernel }),
        ),
      signal,
    );
    if (!looked.ok) {
      paths.push(notLookedAt(path, looked.why));
      continue;
    }
    paths.push(looked.value.diagnosis);
    sources.push(...looked.value.sources);
  }
  return { kernel, guest: booted?.session.guest.hello.release ?? null, paths, sources };
}

/** Tells of a service that the kernel ended because it did not sleep, also where the climb went on without it. */
async function lookAtPath(at: LookAt, options: PathLook): Promise<LookedAtPath> {
  const { lab, path } = at;
  try {
    const looked = await climb(at, options);
    const attached = lab.attached.get(path.name);
    const overruns = attached === undefined ? [] : overrunsOf(attached);
    return {
      ...looked,
      sources: [...looked.sources, ...overruns.map((why) => ({ ...OVERRUN, of: path.backend, why }))],
    };
  } catch (error) {
    throw error instanceof HoplabError ? tellOverruns(error, { lab, paths: [path.name] }) : error;
  }
}

function climb(at: LookAt, options: PathLook): Promise<LookedAtPath> {
  const { path } = at;
  const { folder, name, directions, rungs, facts, kernel, ladderOnly = false } = options;
  return diagnosePath(at, {
    facts,
    ladderOnly,
    ...(directions === undefined ? {} : { directions }),
    ...(rungs === undefined ? {} : { rungs }),
    keep: async (direction, captures) => {
      const file = `${name}${path.name}-${direction}.pcapng`;
      const frames = writePcapng(captures, {
        application: `hoplab ${toolVersion}`,
        comment: `path ${path.name}, ${direction}`,
        system: `Linux ${kernel}`,
      });
      await folder.write(file, frames);
      return file;
    },
  });
}

function notLookedAt({ name, backend }: PathPlan, failed: Failure): PathDiagnosis {
  return { path: name, backend, ladders: [], verdicts: [], couldNotLook: [], evidence: [], failed };
}
