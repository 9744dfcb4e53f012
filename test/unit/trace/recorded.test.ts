// SPDX-License-Identifier: GPL-2.0-only
/** A trace that was recorded from a real guest is reported in the same words everywhere, and exported from the records alone. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { TraceReport } from '../../../src/model/trace-report.ts';
import { exportTrace } from '../../../src/render/formats/trace-export.ts';
import { renderTrace } from '../../../src/render/text/trace.ts';
import { renderJson } from '../../../src/results/json.ts';
import { buildTraceReport } from '../../../src/results/trace/build.ts';
import { readTraceSource } from '../../../src/results/trace/source.ts';
import { readRun } from '../../../src/run-store/read-run.ts';
import { assertGolden } from '../../fixtures/golden.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { drawnHops, drawnSteps, outOfOrder } from '../../support/trace/drawn-hops.ts';

/**
 * `hoplab trace tap --pairs 1 --count 50`. Left out: the logs and results.json. Changed: the command lines, the name of the
 * host's kernel.
 */
const FOLDER = join(projectFolder(), 'test', 'fixtures', 'recorded-trace');
const BLOCK = 'guest-00-traced';

async function reportOf(folder = FOLDER): Promise<TraceReport> {
  return buildTraceReport(await readRun(folder), '0.1.0');
}

function copied(context: TestContext): string {
  const folder = join(temporaryFolder(context), 'trace');
  cpSync(FOLDER, folder, { recursive: true });
  return folder;
}

describe('a recorded trace', () => {
  it('saw the points of each hop in the order in which the page of its backend draws them, and would tell another order', async () => {
    const [path] = (await reportOf()).paths;
    assert.ok(path?.breakdown);
    const { coverage, byShape } = path.breakdown;
    const seen = byShape[0]?.steps.map(({ step }) => step) ?? [];
    const drawn = drawnHops('tap');
    const expected = drawnSteps('tap', drawn, coverage);
    assert.ok(expected.length > 15);
    assert.deepEqual(outOfOrder(expected, seen), []);
    let told = 0;
    for (let i = 1; i < drawn.length; i++) {
      const swapped = [...drawn.slice(0, i - 1), ...drawn.slice(i - 1, i + 1).reverse(), ...drawn.slice(i + 1)];
      const other = drawnSteps('tap', swapped, coverage);
      // A hop without points of its own may be drawn anywhere.
      if (isDeepStrictEqual(other, expected)) continue;
      assert.notDeepEqual(outOfOrder(other, seen), [], `hops ${i - 1} and ${i}`);
      told++;
    }
    assert.ok(told >= 3, `${told}`);
    const without = seen.filter(({ device }) => device !== 'tap');
    assert.ok(outOfOrder(expected, without).every(({ device }) => device === 'tap'));
  });

  for (const width of [80, 140])
    it(`reads the same in ${width} columns`, async () => {
      const text = renderTrace(await reportOf(), { width, colour: false, ascii: false });
      assertGolden(`trace-${width}.txt`, text);
      for (const line of text.split('\n')) assert.ok(line.length <= width || !line.includes('  '), line);
    });

  it('has every planned point, no loss, and no time that is negative', async () => {
    const [path] = (await reportOf()).paths;
    assert.ok(path?.breakdown);
    assert.deepEqual(path.breakdown.coverage.missing, []);
    assert.deepEqual(
      path.blocks.map(({ unused, machines }) => [unused, machines.map(({ lost }) => lost)]),
      [[null, [0, 0]]],
    );
    const { segments, total } = path.breakdown.common ?? assert.fail('no table');
    assert.ok(segments.every(({ minNs }) => minNs >= 0));
    const sum = segments.reduce((ns, { meanNs }) => ns + meanNs, 0);
    assert.ok(Math.abs(sum - total.meanNs) < 1, `${sum} and ${total.meanNs}`);
  });

  it('is JSON, 64-bit numbers and all', async () => {
    const json = renderJson(await reportOf());
    assert.equal(JSON.parse(json).kind, 'trace');
  });

  it('is exported in every kind, a transaction for each that was measured', async () => {
    const source = await readTraceSource(await readRun(FOLDER));
    const textOf = (kind: Parameters<typeof exportTrace>[1]) =>
      exportTrace(source, kind, '0.1.0')
        .flatMap(({ pieces }) => [...pieces])
        .map((piece) => (typeof piece === 'string' ? piece : Buffer.from(piece).toString('latin1')))
        .join('');
    const events = JSON.parse(textOf('chrome')).traceEvents as { args?: { transaction?: number } }[];
    assert.equal(new Set(events.flatMap(({ args }) => args?.transaction ?? [])).size, 50);
    const lines = textOf('ndjson').trimEnd().split('\n');
    assert.equal(lines.filter((line) => JSON.parse(line).packet === 'request').length, 50);
    assert.match(textOf('svg'), /^<svg [\s\S]*tap: where a round trip goes/);
    assert.equal(textOf('pcapng').slice(0, 4), '\n\r\r\n');
  });
});

describe('a damaged trace', () => {
  it('is read up to the damage, and its block is in no figure', async (context) => {
    const folder = copied(context);
    truncateSync(join(folder, 'trace', `${BLOCK}-host.htr`), 100_000);
    const [path] = (await reportOf(folder)).paths;
    assert.equal(path?.breakdown, null);
    assert.match(path?.blocks[0]?.unused ?? '', /ends within a block; \d+ records before it were read/);
    assert.match(renderTrace(await reportOf(folder), { width: 120, colour: false, ascii: false }), /is not used: /);
  });

  it('of a guest whose kernel took no tracer has the segments of the host, and says what is missing and why', async (context) => {
    const folder = copied(context);
    const file = join(folder, 'trace', `${BLOCK}.json`);
    const known = JSON.parse(readFileSync(file, 'utf8'));
    const machines = known.machines.map((one: { machine: string }) =>
      one.machine === 'guest' ? { ...one, without: 'no BTF' } : one,
    );
    writeFileSync(file, JSON.stringify({ ...known, machines }));
    const [path] = (await reportOf(folder)).paths;
    assert.deepEqual(path?.blocks[0]?.without, [{ machine: 'guest', why: 'no BTF' }]);
    const steps = path?.breakdown?.common?.steps ?? [];
    assert.ok(steps.length > 10 && steps.every(({ step }) => step.machine === 'host'), `${steps.length} steps`);
    const text = renderTrace(await reportOf(folder), { width: 120, colour: false, ascii: false });
    assert.match(text, /no records of the guest: no BTF/);
  });

  it('says so where a file is missing or what the lab knew cannot be read', async (context) => {
    const folder = copied(context);
    rmSync(join(folder, 'trace', `${BLOCK}-guest.htr`));
    assert.match((await reportOf(folder)).paths[0]?.blocks[0]?.unused ?? '', /ENOENT/);
    writeFileSync(join(folder, 'trace', `${BLOCK}.json`), '{"profile":1}');
    assert.match((await reportOf(folder)).paths[0]?.blocks[0]?.unused ?? '', /guest-00-traced\.json/);
  });
});
