// SPDX-License-Identifier: GPL-2.0-only
/** Any value anywhere in a run folder's JSON gives a comparison and a trend or an error with a code, never a crash. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import fc from 'fast-check';
import { buildTrend } from '../../../src/compare/build-trend.ts';
import { renderMarkdown } from '../../../src/compare/compare-markdown.ts';
import { comparisonReportSchema } from '../../../src/compare/compare-schema.ts';
import { renderComparison } from '../../../src/compare/compare-text.ts';
import { renderJunit } from '../../../src/compare/junit.ts';
import { readTrendRun } from '../../../src/compare/read-trend-run.ts';
import { trendReportSchema } from '../../../src/compare/trend-schema.ts';
import { renderTrend } from '../../../src/compare/trend-text.ts';
import { HoplabError } from '../../../src/model/errors.ts';
import { renderJson } from '../../../src/results/json.ts';
import { compared, slowed } from '../../fixtures/compared-runs.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const VALUES = [null, 0, -1, 1.5, 1e308, 2 ** 53, '', 'tap', 'host', 'tcp-rr', '\u001b[31m', [], {}, true];
const LOOK = { width: 100, colour: false, ascii: true, all: true };

/** The same JSON with one of its places, chosen by `nth` at every level, replaced. */
function replaced(json: unknown, nth: number, value: unknown): unknown {
  if (typeof json !== 'object' || json === null || nth % 7 === 0) return value;
  const keys = Object.keys(json);
  if (keys.length === 0) return value;
  const key = keys[nth % keys.length] ?? '';
  const child = replaced(
    Object.entries(json).find(([name]) => name === key)?.[1],
    Math.floor(nth / keys.length) + 1,
    value,
  );
  return Array.isArray(json)
    ? json.map((old: unknown, i) => (String(i) === key ? child : old))
    : { ...json, [key]: child };
}

async function look(a: string, b: string): Promise<void> {
  try {
    const report = await compared([a], [b]);
    for (const text of [renderComparison(report, LOOK), renderMarkdown(report), renderJunit(report)]) {
      assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}/u);
    }
    assert.deepEqual(comparisonReportSchema.parse(JSON.parse(renderJson(report))), report);
  } catch (error) {
    if (!(error instanceof HoplabError)) throw error;
  }
  try {
    const trend = buildTrend([await readTrendRun(a, '1'), await readTrendRun(b, '1')], {
      version: '1',
      relativeTo: 'tap',
    });
    assert.doesNotMatch(renderTrend(trend, LOOK).replaceAll('\n', ''), /\p{Cc}/u);
    assert.deepEqual(trendReportSchema.parse(JSON.parse(renderJson(trend))), trend);
  } catch (error) {
    if (!(error instanceof HoplabError)) throw error;
  }
}

it('a run folder with one wrong value is compared, or refused with a code', async (context) => {
  const root = temporaryFolder(context);
  const shape = { count: 60, overviewBlocks: 1, draws: 2 };
  const [a, b] = [await slowed(root, 1, shape), await slowed(root, 2, shape)];
  const files = readdirSync(b, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.json'))
    .sort();
  const property = fc.asyncProperty(
    fc.constantFrom(...files),
    fc.nat(),
    fc.constantFrom(...VALUES),
    async (name, nth, value) => {
      const target = join(b, name);
      const text = readFileSync(target, 'utf8');
      writeFileSync(target, JSON.stringify(replaced(JSON.parse(text), nth, value)));
      await look(a, b).finally(() => writeFileSync(target, text));
    },
  );
  await fc.assert(property, { numRuns: 80 });
});
