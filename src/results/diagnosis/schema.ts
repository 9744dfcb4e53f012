// SPDX-License-Identifier: GPL-2.0-only
/** The published shape of diagnosis.json. */
import { z } from 'zod';
import { diagnosisSchema } from '../../model/diagnosis.ts';

/** The content of schema/diagnosis.schema.json. Fields that a later hoplab adds do not make a file invalid. */
export function diagnosisJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(diagnosisSchema, { io: 'input', target: 'draft-2020-12' });
  const head = { $schema, title: 'A diagnosis of hoplab (diagnosis.json, hoplab diagnose --json)' };
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`;
}
