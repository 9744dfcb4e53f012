// SPDX-License-Identifier: GPL-2.0-only
/** The published shape of a check's report. */
import { z } from 'zod';
import { checkReportSchema } from '../../model/check.ts';

/** The content of schema/check.schema.json. Fields that a later hoplab adds do not make a file invalid. */
export function checkJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(checkReportSchema, { io: 'input', target: 'draft-2020-12' });
  const head = { $schema, title: 'A check of hoplab (hoplab check --json)' };
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`;
}
