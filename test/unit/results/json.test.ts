// SPDX-License-Identifier: GPL-2.0-only
/** The report as JSON, and the schema that is published for it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { renderJson } from '../../../src/results/json.ts';
import { reportSchema, resultsJsonSchema } from '../../../src/results/run/schema.ts';
import { assertGolden } from '../../fixtures/golden.ts';
import { busyReport, interruptedReport, thoroughReport } from '../../fixtures/golden-report.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';

const SCHEMA = join('schema', 'results.schema.json');

describe('the JSON of a report', () => {
  it('is what it was', async (context) => {
    assertGolden('report.json', renderJson(await interruptedReport(context)));
  });

  it('is valid under the published schema, in every kind of run', async (context) => {
    // The patterns beside them check the dates.
    const formats = { 'date-time': true } as const;
    const validate = new Ajv2020({ strict: true, allErrors: true, formats }).compile(
      JSON.parse(readFileSync(join(projectFolder(), SCHEMA), 'utf8')),
    );
    for (const make of [busyReport, thoroughReport, interruptedReport]) {
      const valid = validate(JSON.parse(renderJson(await make(context))));
      assert.ok(valid, JSON.stringify(validate.errors));
    }
    assert.ok(!validate({ schema: 1 }));
    assert.ok(!validate({ ...JSON.parse(renderJson(await interruptedReport(context))), schema: 3 }));
  });

  it('has no field that the schema does not know', async (context) => {
    for (const make of [busyReport, thoroughReport, interruptedReport]) {
      const report = await make(context);
      assert.deepEqual(reportSchema.parse(report), report);
      assert.deepEqual(JSON.parse(renderJson(report)), report);
    }
  });
});

describe('the published schema', () => {
  it('lets a later hoplab add a field', () => {
    assert.doesNotMatch(resultsJsonSchema(), /"additionalProperties": false/);
  });
});
