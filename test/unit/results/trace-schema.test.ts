// SPDX-License-Identifier: GPL-2.0-only
/** The published schema of a trace's results: what `hoplab trace --json` and `hoplab report --json` print. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { renderJson } from '../../../src/results/json.ts';
import { buildTraceReport } from '../../../src/results/trace/build.ts';
import { SCHEMA_IS_TRACE, traceJsonSchema, traceReportSchema } from '../../../src/results/trace/schema.ts';
import { readRun } from '../../../src/run-store/read-run.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';

const SCHEMA = join('schema', 'trace.schema.json');

describe('the published schema of a trace', () => {
  it('lets a later hoplab add a field', () => {
    assert.doesNotMatch(traceJsonSchema(), /"additionalProperties": false/);
  });

  it('takes a recorded trace as it is printed, knows each of its fields, and refuses what is none', async () => {
    assert.equal(SCHEMA_IS_TRACE, true);
    const options = { strict: true, allowUnionTypes: true, allErrors: true };
    // The patterns beside them check the dates.
    const ajv = new Ajv2020({ ...options, formats: { 'date-time': true } });
    const validate = ajv.compile(JSON.parse(readFileSync(join(projectFolder(), SCHEMA), 'utf8')));
    const folder = join(projectFolder(), 'test', 'fixtures', 'recorded-trace');
    const text = renderJson(await buildTraceReport(await readRun(folder), '0.1.0'));
    const json: unknown = JSON.parse(text);
    assert.ok(validate(json), JSON.stringify(validate.errors));
    const parsed = traceReportSchema.parse(json);
    assert.deepEqual(parsed, json);
    assert.ok(!validate(JSON.parse(text.replace('"kind": "trace"', '"kind": "run"'))));
    assert.ok(!validate({ ...parsed, paths: parsed.paths.map((path) => ({ ...path, cost: { pairs: 1 } })) }));
  });
});
