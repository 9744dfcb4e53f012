// SPDX-License-Identifier: GPL-2.0-only
/** The published shape of results.json: a schema that parses it, and the JSON schema made from it. */
import { z } from 'zod';
import { probeReportSchema, type Report, runReportSchema } from '../../model/result.ts';
import { headerSchema, probeSchema } from '../../run-store/schemas.ts';

/** With what the store and the kinds of probes ask of names. */
export const reportSchema = runReportSchema.extend({
  run: headerSchema,
  probes: z.array(probeReportSchema.extend({ probe: probeSchema })),
}) satisfies z.ZodType<Report>;

/** The content of schema/results.schema.json. Fields that a later hoplab adds do not make a file invalid. */
export function resultsJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(reportSchema, { io: 'input', target: 'draft-2020-12' });
  const head = { $schema, title: 'Results of a hoplab run (results.json, hoplab report --json)' };
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`;
}
