// SPDX-License-Identifier: GPL-2.0-only
/** A diagnosis of any schema so far, from the JSON of its file: the one border that old ones pass. */
import { z } from 'zod';
import { type Attempt, done, notDone } from '../../model/attempt.ts';
import { type Diagnosis, diagnosisSchema } from '../../model/diagnosis.ts';
import { diagnosisSchema1, fromVersion1 } from './from-version-1.ts';

/** Where in the file, and what is wrong there. */
export interface DiagnosisFault {
  readonly at: string;
  readonly message: string;
}

export function parseDiagnosis(raw: unknown): Attempt<Diagnosis, DiagnosisFault> {
  if (versionOf(raw) === 1) {
    const old = diagnosisSchema1.safeParse(raw);
    return old.success ? done(fromVersion1(old.data)) : notDone(faultOf(old.error));
  }
  const parsed = diagnosisSchema.safeParse(raw);
  return parsed.success ? done(parsed.data) : notDone(faultOf(parsed.error));
}

/** null = it does not say. */
export function versionOf(raw: unknown): number | null {
  return z.object({ schema: z.number() }).safeParse(raw).data?.schema ?? null;
}

function faultOf({ issues: [issue] }: z.ZodError): DiagnosisFault {
  return { at: issue?.path.join('.') ?? '', message: issue?.message ?? 'invalid' };
}
