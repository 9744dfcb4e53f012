// SPDX-License-Identifier: GPL-2.0-only
/** A diagnosis of any schema so far, from the JSON of its file: the one border that old ones pass. */
import { z } from 'zod';
import { type Attempt, done, notDone } from '../../model/attempt.ts';
import { type Diagnosis, diagnosisSchema } from '../../model/diagnosis.ts';
import { diagnosisSchema1, fromVersion1 } from './from-version-1.ts';
import { diagnosisSchema2, fromVersion2 } from './from-version-2.ts';

/** Where in the file, and what is wrong there. */
export interface DiagnosisFault {
  readonly at: string;
  readonly message: string;
}

export function parseDiagnosis(raw: unknown): Attempt<Diagnosis, DiagnosisFault> {
  const version = versionOf(raw);
  if (version === 1) return parsedBy(diagnosisSchema1, raw, (old) => fromVersion2(fromVersion1(old)));
  if (version === 2) return parsedBy(diagnosisSchema2, raw, fromVersion2);
  return parsedBy(diagnosisSchema, raw, (diagnosis) => diagnosis);
}

function parsedBy<T>(
  schema: z.ZodType<T>,
  raw: unknown,
  today: (old: T) => Diagnosis,
): Attempt<Diagnosis, DiagnosisFault> {
  const parsed = schema.safeParse(raw);
  return parsed.success ? done(today(parsed.data)) : notDone(faultOf(parsed.error));
}

/** null = it does not say. */
export function versionOf(raw: unknown): number | null {
  return z.object({ schema: z.number() }).safeParse(raw).data?.schema ?? null;
}

function faultOf({ issues: [issue] }: z.ZodError): DiagnosisFault {
  return { at: issue?.path.join('.') ?? '', message: issue?.message ?? 'invalid' };
}
