// SPDX-License-Identifier: GPL-2.0-only
/** The published schema of diagnosis.json. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { diagnosisSchema } from '../../../src/model/diagnosis.ts';
import { diagnosisJsonSchema } from '../../../src/results/diagnosis/schema.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { recordedDiagnoses } from '../../fixtures/recorded-diagnosis.ts';

const SCHEMA = join('schema', 'diagnosis.schema.json');

describe('the published schema of a diagnosis', () => {
  it('lets a later hoplab add a field', () => {
    assert.doesNotMatch(diagnosisJsonSchema(), /"additionalProperties": false/);
  });

  it('takes every diagnosis that was recorded, and knows each of its fields', () => {
    // The patterns beside them check the dates.
    const validate = new Ajv2020({
      strict: true,
      allowUnionTypes: true,
      allErrors: true,
      formats: { 'date-time': true },
    }).compile(JSON.parse(readFileSync(join(projectFolder(), SCHEMA), 'utf8')));
    for (const [name, diagnosis] of recordedDiagnoses()) {
      const json: unknown = JSON.parse(JSON.stringify(diagnosis));
      assert.ok(validate(json), `${name}: ${JSON.stringify(validate.errors)}`);
      assert.deepEqual(diagnosisSchema.parse(json), json, name);
      assert.ok(!validate({ ...diagnosis, schema: 1 }));
      assert.ok(!validate({ ...diagnosis, paths: [{}] }));
    }
  });
});
