/** Reads the diagnosis of a folder back, whoever wrote it. */
import { join } from 'node:path';
import { z } from 'zod';
import type { Diagnosis } from '../../model/diagnosis.ts';
import { HoplabError } from '../../model/errors.ts';
import { DIAGNOSIS_FILE } from '../../run-store/diagnosis-folder.ts';
import { readFailure, readJson } from '../../run-store/read-file.ts';
import { diagnosisSchema } from './schema.ts';

/** Throws RUN_DAMAGED where the file cannot be read, and RUN_TOO_NEW where a newer hoplab wrote it. */
export function readDiagnosis(folder: string): Diagnosis {
  const file = join(folder, DIAGNOSIS_FILE);
  let raw: unknown;
  try {
    raw = readJson(file);
  } catch (error) {
    throw damaged(file, readFailure(error), error);
  }
  const version = z.object({ schema: z.number() }).safeParse(raw);
  if (version.success && version.data.schema > 1) {
    throw new HoplabError({
      code: 'RUN_TOO_NEW',
      message: `read the diagnosis ${file}: its layout is version ${version.data.schema}, and this hoplab reads version 1`,
      hint: 'update hoplab, or read diagnosis.txt beside it',
    });
  }
  const parsed = diagnosisSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw damaged(file, `${JSON.stringify(issue?.path.join('.') ?? '')}: ${issue?.message ?? 'invalid'}`, parsed.error);
}

function damaged(file: string, why: string, cause: unknown): HoplabError {
  return new HoplabError({
    code: 'RUN_DAMAGED',
    message: `read the diagnosis ${file}: ${why}`,
    hint: 'read diagnosis.txt beside it, or hoplab diagnose again',
    cause,
  });
}
