// SPDX-License-Identifier: GPL-2.0-only
/** What every kind of recorded work owes to lists, reports, pages and comparisons, checked on the one array and on a kind of the test's own. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { CliContext } from '../../src/cli/command.ts';
import { createProgram } from '../../src/cli/program.ts';
import { REPORT_FORMATS, type ReportFormat } from '../../src/cli/show/report-format.ts';
import { renderAs } from '../../src/cli/show/report-render.ts';
import { readBlocks } from '../../src/compare/read-blocks.ts';
import type { Ability } from '../../src/experiments/ability.ts';
import type { Recorded } from '../../src/experiments/experiment.ts';
import { experimentOf, findRecorded } from '../../src/experiments/find.ts';
import { experiments } from '../../src/experiments/index.ts';
import { HoplabError } from '../../src/model/errors.ts';
import { renderJson } from '../../src/results/json.ts';
import { RunIndex } from '../../src/run-index/run-index.ts';
import { listRuns } from '../../src/run-store/list-runs.ts';
import { shelfPath } from '../../src/run-store/shelf.ts';
import { recordCheck } from '../fixtures/recorded-check.ts';
import { recordedDiagnosis } from '../fixtures/recorded-diagnosis.ts';
import { RECORDED_RUN, RECORDED_TRACE } from '../fixtures/subjects.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { served } from '../support/served.ts';
import { recordSurvey, survey } from '../support/survey/survey.ts';

const ALL = [...experiments, survey];
const ID = '20260101-000000-aaaa';

/** How a folder of each kind comes into a folder of runs; the array may have no kind without one. */
const RECORDED: Readonly<Record<string, (folder: string) => Promise<string>>> = {
  run: async (folder) => copied(RECORDED_RUN, folder),
  trace: async (folder) => copied(RECORDED_TRACE, folder),
  diagnosis: async (folder) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'diagnosis.json'), JSON.stringify(recordedDiagnosis('cured')));
    return folder;
  },
  check: (folder) => recordCheck(dirname(folder)),
  survey: (folder) => recordSurvey(dirname(folder)),
};

function copied(from: string, folder: string): string {
  cpSync(from, folder, { recursive: true });
  return folder;
}

/** The member that a format is made of; text and JSON are owed by all. */
const NEEDS: Readonly<Record<ReportFormat, Extract<Ability, keyof Recorded> | null>> = {
  text: null,
  json: null,
  markdown: 'markdown',
  csv: 'csv',
  prometheus: 'metrics',
  openmetrics: 'metrics',
  hdr: 'histogram',
  html: 'page',
};

const isLack = (kind: string) => (error: unknown) =>
  error instanceof HoplabError && error.code === 'USAGE' && error.message.includes(` is a ${kind}, `);

for (const experiment of ALL) {
  const { name, shelf } = experiment;
  describe(name, () => {
    async function recorded(context: TestContext): Promise<{ readonly root: string; readonly folder: string }> {
      const root = join(temporaryFolder(context), 'runs');
      mkdirSync(root);
      const record = RECORDED[name];
      assert.ok(record, `no recorded folder of ${name}`);
      return { root, folder: await record(shelfPath(root, shelf, ID)) };
    }

    it('is told from the other kinds by its folder, and found by its id', async (context) => {
      const { root, folder } = await recorded(context);
      assert.equal(experimentOf(folder, ALL), experiment);
      assert.equal(await findRecorded(basename(folder), root, ALL), folder);
    });

    it('is listed with its kind, and by what it is filtered', async (context) => {
      const { root, folder } = await recorded(context);
      const index = new RunIndex({ root, cacheFolder: join(root, '..', 'cache'), anew: true, experiments: ALL });
      context.after(() => index.close());
      await index.whole();
      const page = { offset: 0, limit: 10 };
      const { runs } = index.page({ kind: name }, page);
      assert.deepEqual(
        runs.map(({ id, kind, state }) => [id, kind, state]),
        [[basename(folder), name, 'finished']],
      );
      assert.equal(index.page({ kinds: [name, 'nothing'] }, page).total, 1);
      assert.equal(index.page({ kinds: ALL.map((one) => one.name).filter((one) => one !== name) }, page).total, 0);
    });

    it('shows its folder in every form that it has, and is refused in one text in the others', async (context) => {
      const { folder } = await recorded(context);
      const one = await experiment.read(folder, { version: '0.1.0', pictures: true });
      assert.equal(one.kind, name);
      for (const format of REPORT_FORMATS) {
        const options = { look: { width: 100, colour: false, ascii: false }, samples: false, onDamage: assert.fail };
        const written = (): string => [...renderAs(format, [one], options)].join('');
        const needs = NEEDS[format];
        if (needs !== null && one[needs] === undefined) assert.throws(written, isLack(name), format);
        else assert.match(written(), /\S[\s\S]*\n$/, format);
      }
    });

    it('has JSON of the shape of its schema, nothing more and nothing less', async (context) => {
      const { folder } = await recorded(context);
      const { json } = await experiment.read(folder, { version: '0.1.0', pictures: false });
      const parsed: unknown = JSON.parse(renderJson(json));
      assert.deepEqual(experiment.schema.parse(parsed), parsed);
    });

    it('gives blocks to a comparison, or is refused', async (context) => {
      const { folder } = await recorded(context);
      const read = async (): Promise<number> => (await readBlocks(folder, ALL)).blocks.length;
      if (experiment.blocks === undefined) await assert.rejects(read, isLack(name));
      else assert.ok((await read()) > 0);
    });
  });
}

describe('a kind that the product does not know', () => {
  async function hoplab(root: string, ...words: readonly string[]): Promise<string> {
    let printed = '';
    const context: CliContext = {
      argv: words,
      signal: new AbortController().signal,
      print: (text) => {
        printed += text;
      },
      say: () => undefined,
      finish: () => undefined,
      experiments: ALL,
    };
    const program = await createProgram(context, words.slice(0, 1));
    await program.parseAsync([...words, '--runs', root], { from: 'user' });
    return printed;
  }

  async function both(context: TestContext): Promise<{ readonly root: string; readonly id: string }> {
    const root = join(temporaryFolder(context), 'runs');
    copied(RECORDED_RUN, join(root, ID));
    return { root, id: basename(await recordSurvey(root)) };
  }

  it('goes through hoplab report, alone and beside a run, and through hoplab runs', async (context) => {
    const { root, id } = await both(context);
    assert.match(await hoplab(root, 'report', id), /iommu: holds: the kernel has 12 groups\n {2}firmware: could not/);
    assert.equal(JSON.parse(await hoplab(root, 'report', 'proof', '--json')).checks.length, 2);
    assert.match(await hoplab(root, 'report', id, '--format', 'csv'), /\r\nsurvey,[^\n]*,firmware,reading <efivars>/);
    const page = await hoplab(root, 'report', ID, id, '--format', 'html');
    assert.match(page, /<td>reading &lt;efivars&gt; needs root<\/td>/);
    assert.match(page, /Round trips/);
    await assert.rejects(
      hoplab(root, 'report', id, '--samples'),
      /--samples: .*-proof is a survey, which has no samples/,
    );
    assert.ok((await hoplab(root, 'runs')).includes(id));
    assert.equal((await listRuns(root)).find((run) => run.id === id)?.problem, null);
  });

  it('is refused by compare and left out of a trend in the same words', async (context) => {
    const { root, id } = await both(context);
    await assert.rejects(hoplab(root, 'compare', ID, id), /compare: .*-proof is a survey, which cannot be compared/);
    const trend = JSON.parse(await hoplab(root, 'trend', '--json'));
    assert.deepEqual(trend.setAside, [{ run: id, reason: 'a survey, which has no latencies' }]);
  });

  it('has its place in the list and a page of its own on the dashboard', async (context) => {
    const { root, id } = await both(context);
    const worker = new URL('../support/survey/worker.js', import.meta.url);
    const { ask } = await served(context, root, { kinds: { experiments: ALL, worker } });
    const list = (await ask('/?kind=survey')).body;
    assert.match(list, new RegExp(`href="/runs/${id}"[\\s\\S]*<span class="kind">survey</span>[\\s\\S]*1 of 2 hold`));
    assert.ok(!list.includes(ID) && !list.includes(`value="${id}"`));
    assert.match((await ask(`/runs/${id}`)).body, /survey: 1 of 2 hold[\s\S]*<h2 id="checks-h">Checks/);
    assert.equal(JSON.parse((await ask(`/api/runs/${id}`)).body).kind, 'survey');
  });

  it('is told as such by a hoplab that has not its kind', async (context) => {
    const { root, id } = await both(context);
    assert.throws(
      () => experimentOf(join(root, id)),
      /it is a "survey", and this hoplab knows run, trace, diagnosis, check/,
    );
    const index = new RunIndex({ root, cacheFolder: join(root, '..', 'cache'), anew: true });
    context.after(() => index.close());
    await index.whole();
    const [entry] = index.page({ kind: 'survey' }, { offset: 0, limit: 1 }).runs;
    assert.equal(entry?.problem, 'a "survey", which this hoplab does not know');
  });
});
