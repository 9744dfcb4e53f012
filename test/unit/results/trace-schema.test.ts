// SPDX-License-Identifier: GPL-2.0-only
/** The published schema of a trace's results: what `hoplab trace --json` and `hoplab report --json` print. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { renderJson } from '../../../src/results/json.ts';
import { buildTraceReport } from '../../../src/results/trace/build.ts';
import { traceJsonSchema, traceReportSchema } from '../../../src/results/trace/schema.ts';
import { readRun } from '../../../src/run-store/read-run.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';

const SCHEMA = join('schema', 'trace.schema.json');

describe('the published schema of a trace', () => {
  it('lets a later hoplab add a field', () => {
    assert.doesNotMatch(traceJsonSchema(), /"additionalProperties": false/);
  });

  it('takes a recorded trace as it is printed, knows each of its fields, and refuses what is none', async () => {
    const options = { strict: true, allowUnionTypes: true, allErrors: true };
    // The patterns beside them check the dates.
    const ajv = new Ajv2020({ ...options, formats: { 'date-time': true } });
    const validate = ajv.compile(JSON.parse(readFileSync(join(projectFolder(), SCHEMA), 'utf8')));
    const folder = join(projectFolder(), 'test', 'fixtures', 'recorded-trace');
    const text = renderJson(await buildTraceReport(await readRun(folder), '0.1.0'));
    const json: unknown = JSON.parse(text);
    assert.ok(validate(json), JSON.stringify(validate.errors));
    const parsed = traceReportSchema.parse(json);
    assert.deepEqual(JSON.parse(renderJson(parsed)), json);
    assert.ok(!validate(JSON.parse(text.replace('"kind": "trace"', '"kind": "run"'))));
    const wrong = { ...parsed, paths: parsed.paths.map((path) => ({ ...path, slow: [], cost: { pairs: 1 } })) };
    assert.ok(!validate(wrong));
  });

  it('holds 64 bits as decimal text, and gives them as what they are', () => {
    const { aux } = traceReportSchema.shape.paths.element.shape.slow.element.shape.events.element.shape;
    assert.equal(aux.parse('18446744073709551615'), 18_446_744_073_709_551_615n);
    assert.ok(!aux.safeParse('0x10').success);
    assert.ok(!aux.safeParse('').success);
  });
});
