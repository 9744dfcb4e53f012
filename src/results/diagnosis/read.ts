// SPDX-License-Identifier: GPL-2.0-only
/** Reads the diagnosis of a folder back, whoever wrote it. */
import { join } from 'node:path';
import type { Diagnosis } from '../../model/diagnosis.ts';
import { HoplabError } from '../../model/errors.ts';
import { DIAGNOSIS_FILE } from '../../run-store/diagnosis-folder.ts';
import { readFailure, readJson } from '../../run-store/read-file.ts';
import { parseDiagnosis, versionOf } from './parse.ts';

const NEWEST: Diagnosis['schema'] = 3;

/** Throws RUN_DAMAGED where the file cannot be read, and RUN_TOO_NEW where a newer hoplab wrote it. */
export function readDiagnosis(folder: string): Diagnosis {
  const file = join(folder, DIAGNOSIS_FILE);
  let raw: unknown;
  try {
    raw = readJson(file);
  } catch (error) {
    throw damaged(file, readFailure(error), error);
  }
  const version = versionOf(raw);
  if (version !== null && version > NEWEST) {
    throw new HoplabError({
      code: 'RUN_TOO_NEW',
      message: `read the diagnosis ${file}: its layout is version ${version}, and this hoplab reads version ${NEWEST}`,
      hint: 'update hoplab, or read diagnosis.txt beside it',
    });
  }
  const parsed = parseDiagnosis(raw);
  if (parsed.ok) return parsed.value;
  throw damaged(file, `${JSON.stringify(parsed.why.at)}: ${parsed.why.message}`);
}

function damaged(file: string, why: string, cause?: unknown): HoplabError {
  return new HoplabError({
    code: 'RUN_DAMAGED',
    message: `read the diagnosis ${file}: ${why}`,
    hint: 'read diagnosis.txt beside it, or hoplab diagnose again',
    cause,
  });
}
