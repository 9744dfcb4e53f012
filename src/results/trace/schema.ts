// SPDX-License-Identifier: GPL-2.0-only
/** The published shape of a trace's results.json: a schema that parses it, and the JSON schema made from it. */
import { z } from 'zod';
import { type TraceReport, tracedReportSchema } from '../../model/trace-report.ts';
import { headerSchema, probeSchema } from '../../run-store/schemas.ts';

/** With what the store and the kinds of probes ask of names. */
export const traceReportSchema = tracedReportSchema.extend({
  run: headerSchema,
  probe: probeSchema,
}) satisfies z.ZodType<TraceReport>;

/** The content of schema/trace.schema.json. Fields that a later hoplab adds do not make a file invalid. */
export function traceJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(traceReportSchema, { io: 'input', target: 'draft-2020-12' });
  const head = { $schema, title: 'Results of a hoplab trace (results.json, hoplab trace --json)' };
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`;
}
