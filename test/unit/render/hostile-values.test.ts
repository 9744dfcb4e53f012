// SPDX-License-Identifier: GPL-2.0-only
/** Any value anywhere in a run folder's JSON gives a report or an error with a code, never a crash. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import fc from 'fast-check';
import { HoplabError } from '../../../src/model/errors.ts';
import { renderText } from '../../../src/render/text/run.ts';
import { renderJson } from '../../../src/results/json.ts';
import { buildReport } from '../../../src/results/run/build.ts';
import { reportSchema } from '../../../src/results/run/schema.ts';
import { readRun } from '../../../src/run-store/read-run.ts';
import { generateRun } from '../../fixtures/generated-run.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const VALUES = [null, 0, -1, 1.5, 1e308, 2 ** 53, '', 'tap', 'host', 'tcp-rr', '\u001b[31m', [], {}, true];

/** The same JSON with the value at the `nth` place (counted over all places, modulo their number) replaced. */
function replaced(json: unknown, nth: number, value: unknown): unknown {
  const places = countPlaces(json);
  let left = nth % places;
  const walk = (node: unknown): unknown => {
    if (left-- === 0) return value;
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, walk(child)]));
  };
  return walk(json);
}

function countPlaces(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 1;
  return Object.values(node).reduce((sum: number, child) => sum + countPlaces(child), 1);
}

async function report(path: string): Promise<void> {
  try {
    const built = buildReport(await readRun(path));
    assert.ok(renderText(built, { width: 100, colour: false, ascii: true }).endsWith('\n'));
    assert.deepEqual(reportSchema.parse(JSON.parse(renderJson(built))), built);
  } catch (error) {
    if (!(error instanceof HoplabError)) throw error;
  }
}

it('a run folder with one wrong value is reported, or refused with a code', async (context) => {
  const root = temporaryFolder(context);
  const { path } = await generateRun({ root, count: 60, overviewBlocks: 1, draws: 2, paced: true });
  const files = readdirSync(path, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.json'))
    .sort();
  const file = fc.constantFrom(...files);
  await fc.assert(
    fc.asyncProperty(file, fc.nat(), fc.constantFrom(...VALUES), async (name, nth, value) => {
      const target = join(path, name);
      const text = readFileSync(target, 'utf8');
      writeFileSync(target, JSON.stringify(replaced(JSON.parse(text), nth, value)));
      await report(path).finally(() => writeFileSync(target, text));
    }),
    { numRuns: 150 },
  );
});
