// SPDX-License-Identifier: GPL-2.0-only
/** Reads the folder of a check: all that was asked, also of one that ended early. */
import { basename, join } from 'node:path';
import type { z } from 'zod';
import { type CheckReport, recordedCheckSchema } from '../../model/check.ts';
import { HoplabError } from '../../model/errors.ts';
import { RUN_FILES } from '../../run-store/layout.ts';
import { readFailure, readJson } from '../../run-store/read-file.ts';
import { headerSchema } from '../../run-store/schemas.ts';
import { checkDifferences } from './differences.ts';

/** Throws RUN_DAMAGED where its head or check.json is missing or is none. */
export function readCheck(folder: string): CheckReport {
  const header = readPart(folder, RUN_FILES.header, headerSchema);
  const recorded = readPart(folder, RUN_FILES.check, recordedCheckSchema);
  const { id, label, state, startedAt, endedAt, argv, tool } = header;
  return {
    kind: 'check',
    ...recorded,
    tool,
    run: { id, label, state, startedAt, endedAt, argv },
    differences: checkDifferences(recorded),
  };
}

function readPart<T>(folder: string, file: string, schema: z.ZodType<T>): T {
  const damaged = (why: string, cause?: unknown): HoplabError =>
    new HoplabError({
      code: 'RUN_DAMAGED',
      message: `read the check ${basename(folder)}: ${file}: ${why}`,
      hint: 'hoplab runs lists the others',
      cause,
    });
  let raw: unknown;
  try {
    raw = readJson(join(folder, file));
  } catch (error) {
    throw damaged(readFailure(error), error);
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success && isNewer(raw)) {
    throw new HoplabError({
      code: 'RUN_TOO_NEW',
      message: `read the check ${basename(folder)}: ${file} was written by a newer hoplab`,
      hint: 'update hoplab',
    });
  }
  if (!parsed.success) throw damaged('not that of a check');
  return parsed.data;
}

function isNewer(raw: unknown): boolean {
  return typeof raw === 'object' && raw !== null && 'schema' in raw && typeof raw.schema === 'number' && raw.schema > 1;
}
