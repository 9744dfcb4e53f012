// SPDX-License-Identifier: GPL-2.0-only
/** The results of a run of any schema so far, from the JSON of their file. */
import { z } from 'zod';
import type { Report } from '../../model/result.ts';
import { fromVersion1, runReportSchema1 } from './from-version-1.ts';
import { reportSchema } from './schema.ts';

const versionSchema = z.object({ schema: z.number() });

/** null = no results that this hoplab knows: the samples tell the same. */
export function parseResults(raw: unknown): Report | null {
  const isOld = versionSchema.safeParse(raw).data?.schema === 1;
  const old = isOld ? runReportSchema1.safeParse(raw) : null;
  // What the store and the probes ask of names is asked of old results too.
  return reportSchema.safeParse(old?.success ? fromVersion1(old.data) : raw).data ?? null;
}
