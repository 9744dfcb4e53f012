// SPDX-License-Identifier: GPL-2.0-only
/** Every page of the dashboard in a headless Chromium: no complaint of the browser, on a desk and a phone, light and dark. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { requestRun } from '../../src/cli/record/run-request.ts';
import { currentOwner } from '../../src/run-store/run-owner.ts';
import { BACK_TO_BACK } from '../fixtures/generated-lab.ts';
import { generateRun } from '../fixtures/generated-run.ts';
import { projectFolder } from '../fixtures/project-folder.ts';
import { DESKTOP, openPage, PHONE, type Screen, startBrowser } from '../support/browser.ts';
import { needs } from '../support/needs.ts';
import { type Served, served } from '../support/served.ts';

const TRACE = '20260302-100000-0001';
const DIAGNOSIS = '20260302-110000-0002';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SMALL = { paced: false, count: 300 } as const;

describe('the dashboard in a browser', { skip: needs('linux') }, () => {
  const ended: (() => void | Promise<void>)[] = [];
  let browser: Browser;
  let server: Served;
  let address: string;
  const ids: string[] = [];
  let running: string;
  let runningPath: string;
  let damaged: string;

  before(async () => {
    const root = join(mkdtempSync(join(tmpdir(), 'hoplab-test-')), 'runs');
    ended.push(() => rmSync(join(root, '..'), { recursive: true, force: true }));
    mkdirSync(root);
    const fixtures = join(projectFolder(), 'test', 'fixtures');
    cpSync(join(fixtures, 'recorded-trace'), join(root, TRACE), { recursive: true });
    mkdirSync(join(root, 'diagnoses', DIAGNOSIS), { recursive: true });
    cpSync(join(fixtures, 'recorded-diagnoses', 'cured.json'), join(root, 'diagnoses', DIAGNOSIS, 'diagnosis.json'));
    for (let seed = 1; seed <= 3; seed++) {
      const made = await generateRun({ ...SMALL, root, seed, draws: 2, lossShare: { tap: 0.02 } });
      ids.push(made.header.id);
    }
    ids.sort();
    const cells = [{ path: 'tap', n: 1000, p50Ns: 90_000 }];
    const results = JSON.stringify({ probes: [{ probe: BACK_TO_BACK, k: 2, cells }] });
    writeFileSync(join(root, ids[0] ?? '', 'results.json'), results);
    // As many as a trend needs for a chart.
    for (let seed = 11; seed <= 20; seed++)
      await generateRun({ ...SMALL, root, seed, draws: 0, overviewBlocks: 1, count: 100, label: 'nightly' });
    const broken = await generateRun({ ...SMALL, root, draws: 0, label: 'broken' });
    writeFileSync(join(broken.path, 'run.json'), '{"format": 99}');
    damaged = broken.header.id;
    const live = await generateRun({ ...SMALL, root, draws: 2, interruptAfter: 3, label: 'live' });
    running = live.header.id;
    runningPath = live.path;
    writeFileSync(join(live.path, 'run.json'), liveHead('running'));
    server = await served({ after: (end) => void ended.push(end) }, root, {
      starter: { process: ['true'], request: requestRun },
    });
    address = `http://127.0.0.1:${server.port}`;
    browser = await startBrowser();
    ended.push(() => browser.close());
  });

  const liveHead = (state: string): string =>
    JSON.stringify({
      format: 1,
      id: running,
      label: 'live',
      startedAt: '2026-03-02T09:30:00.000Z',
      endedAt: null,
      state,
      tool: { name: 'hoplab', version: '0.1.0' },
      argv: ['run'],
      owner: currentOwner(),
    });

  after(async () => {
    for (const end of ended.reverse()) await end();
  });

  const pages = (): readonly (readonly [string, string])[] => [
    ['list', '/'],
    ['list-filtered', '/?path=tap&kind=run&text=hoplab'],
    ['nothing-found', '/?text=nowhere'],
    ['run', `/runs/${ids[0]}`],
    ['trace', `/runs/${TRACE}`],
    ['diagnosis', `/diagnoses/${DIAGNOSIS}`],
    ['compare', `/compare?run=${ids[0]}&run=${ids[1]}`],
    ['compare-choose', '/compare'],
    ['trend', '/trend?path=tap&label=nightly'],
    ['trend-few', '/trend'],
    ['doctor', '/doctor'],
    ['start', '/start'],
    ['live', `/runs/${running}`],
  ];
  const refused = (): readonly (readonly [string, string])[] => [
    ['not-found', '/nothing'],
    ['no-such-run', '/runs/20260101-000000-0000'],
  ];

  const screens: readonly (readonly [string, Screen])[] = [
    ['a desk', DESKTOP],
    ['a desk in the dark', { width: 1440, height: 900, dark: true }],
    ['a tablet', { width: 800, height: 900 }],
    ['a phone in the dark', { ...PHONE, dark: true }],
  ];
  for (const [where, screen] of screens) {
    it(`has every page without a complaint or a page that scrolls sideways, on ${where}`, async () => {
      await using opened = await openPage(browser, screen);
      const { page, complaints } = opened;
      for (const [name, path] of [...pages(), ...refused(), ['damaged', `/runs/${damaged}`] as const]) {
        await page.goto(`${address}${path}`);
        await settled(page, name);
        const { wide, headings, title, background } = await page.evaluate<Looks>(LOOKS);
        assert.ok(wide <= 0, `${name} is ${wide} pixels wider than the screen`);
        assert.equal(headings, 1, name);
        assert.match(title, / · hoplab$/);
        const bright = Number(/\d+/.exec(background)?.[0]) > 128;
        assert.equal(bright, screen.dark !== true, `${name}: ${background}`);
      }
      assert.deepEqual(unexpected(complaints), []);
    });
  }

  it('prints every page on A4, without what can be pressed or typed into', async () => {
    await using opened = await openPage(browser, { width: 718, height: 1000 });
    const { page } = opened;
    for (const [name, path] of pages()) {
      await page.goto(`${address}${path}`);
      await settled(page, name);
      await page.emulateMedia({ media: 'print' });
      const { wide } = await page.evaluate<Looks>(LOOKS);
      assert.ok(wide <= 0, `${name} is ${wide} pixels wider than the paper`);
      const live = await page.evaluate<string[]>(
        "[...document.querySelectorAll('input, select, button.tool')].filter((one) => one.checkVisibility()).map((one) => one.outerHTML.slice(0, 80))",
      );
      assert.deepEqual(live, [], name);
      await page.emulateMedia({ media: 'screen' });
    }
  });

  it('passes axe, in light on a desk and in the dark on a phone', async () => {
    for (const screen of [DESKTOP, { ...PHONE, dark: true }]) {
      await using opened = await openPage(browser, screen);
      const { page } = opened;
      for (const [name, path] of pages().filter(([each]) => ['list', 'run', 'compare', 'trend'].includes(each))) {
        await page.goto(`${address}${path}`);
        await settled(page, name);
        // Through the debugger, because the pages' own policy lets no other script in.
        await page.evaluate(AXE);
        const found = await page.evaluate<string[]>(
          `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })
            .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ html, failureSummary }) => id + ': ' + html.slice(0, 200) + ' ' + failureSummary)))`,
        );
        assert.deepEqual(found, [], `${name} at ${screen.width}`);
      }
    }
  });

  it('has the id of a run in one line, and a p50 with its path, however narrow the page is', async () => {
    for (const width of [390, 800, 1440]) {
      await using opened = await openPage(browser, { width, height: 900 });
      const { page } = opened;
      await page.goto(`${address}/?kind=run&state=finished`);
      const lines = await page.evaluate<number[]>(
        "[...document.querySelectorAll('.list .open')].map((link) => link.getClientRects().length)",
      );
      assert.ok(lines.length >= 3 && lines.every((count) => count === 1), `${lines} at ${width}`);
      const named = await page.evaluate<boolean>(
        "getComputedStyle(document.querySelector('.list thead')).display !== 'none' || getComputedStyle(document.querySelector('.list td.p50:not(:empty)'), '::before').content.length > 2",
      );
      assert.ok(named, `at ${width}`);
    }
  });

  it('gives a report away as a page and as rows', async () => {
    for (const id of [`runs/${ids[0]}`, `runs/${TRACE}`, `diagnoses/${DIAGNOSIS}`])
      for (const [form, begins] of [
        ['html', '<!doctype html>'],
        ['csv', 'kind,run,'],
      ] as const) {
        const answer = await fetch(`${address}/api/${id}/${form}`);
        assert.equal(answer.status, 200, `${id} ${form}`);
        assert.match(
          answer.headers.get('content-disposition') ?? '',
          new RegExp(`^attachment; filename="hoplab-.*\\.${form}"$`),
        );
        assert.ok((await answer.text()).startsWith(begins));
      }
    await using opened = await openPage(browser);
    await opened.page.goto(`${address}/runs/${ids[0]}`);
    assert.equal(await opened.page.locator('a[download]').count(), 2);
  });

  it('can be used by keys alone: skip link, search, rows, two picked and compared, the list of keys', async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(`${address}/?kind=run`);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.className'), 'skip');
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    assert.equal(outline, 'solid');
    await page.keyboard.press('Enter');
    await page.keyboard.press('?');
    assert.equal(await page.locator('dialog[open]').count(), 1);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('dialog[open]').count(), 0);
    await page.keyboard.press('/');
    assert.equal(await page.evaluate('document.activeElement.id'), 'search');
    // Letters are letters there.
    await page.keyboard.type('jx?');
    assert.equal(await page.inputValue('#search'), 'jx?');
    await page.goto(`${address}/?kind=run&state=finished`);
    for (const key of ['j', 'x', 'j', 'x']) await page.keyboard.press(key);
    assert.equal(await page.locator('input[name=run]:checked').count(), 2);
    await page.keyboard.press('c');
    await page.waitForURL(/\/compare\?/);
    assert.match((await page.textContent('main')) ?? '', /baseline[\s\S]*candidate/);
    await page.keyboard.press('r');
    await page.waitForURL(`${address}/`);
    await page.keyboard.press('j');
    const first = await page.evaluate('document.activeElement.textContent');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/(runs|diagnoses)\//);
    assert.equal(await page.textContent('h1'), first);
    assert.deepEqual(unexpected(opened.complaints), []);
  });

  it('draws the samples of every path, with losses, and a trend of every run', async () => {
    await using opened = await openPage(browser);
    const { page, complaints } = opened;
    await page.goto(`${address}/runs/${ids[0]}`);
    await page.waitForSelector('#samples canvas');
    const legend = (await page.textContent('#samples .u-legend')) ?? '';
    for (const path of ['tap', 'passt', /tap: \d+ lost/]) assert.match(legend, new RegExp(path));
    assert.doesNotMatch(legend, /host/);
    await page.click('#samples summary');
    await page.waitForSelector('#samples details canvas');
    assert.match((await page.textContent('#samples details .u-legend')) ?? '', /host/);
    await page.goto(`${address}/trend?path=tap&label=nightly`);
    await page.waitForSelector('.trend canvas');
    assert.deepEqual(unexpected(complaints), []);
  });

  it('follows a run block by block, and shows its report when it has ended', async () => {
    await using opened = await openPage(browser);
    const { page, complaints } = opened;
    await page.goto(`${address}/runs/${running}`);
    const blocks = Number(await page.textContent('#live-blocks'));
    assert.equal(blocks, 3);
    const block = 'overview-tcp-rr-host-0.json';
    cpSync(join(runningPath, 'blocks', block), join(runningPath, 'kept.json'));
    rmSync(join(runningPath, 'blocks', block));
    await page.waitForSelector('#live-blocks:text-is("2")');
    cpSync(join(runningPath, 'kept.json'), join(runningPath, 'blocks', block));
    await page.waitForSelector('#live-blocks:text-is("3")');
    writeFileSync(join(runningPath, 'blocks', 'not-a-block.json'), '{}');
    writeFileSync(join(runningPath, 'run.json'), liveHead('interrupted'));
    await page.waitForSelector('text=Round trips');
    assert.deepEqual(unexpected(complaints), []);
  });

  it('can be read without scripts', async () => {
    await using opened = await openPage(browser, { ...DESKTOP, scripts: false });
    const { page, complaints } = opened;
    await page.goto(`${address}/?kind=run&state=finished`);
    for (const index of [0, 1]) await page.locator('input[name=run]').nth(index).check();
    await page.click('#compare');
    await page.waitForURL(/\/compare\?/);
    assert.match((await page.textContent('main')) ?? '', /What became of every transaction/);
    await page.goto(`${address}/runs/${ids[0]}`);
    assert.match((await page.textContent('main')) ?? '', /Round trips/);
    assert.deepEqual(unexpected(complaints), []);
  });
});

interface Looks {
  readonly wide: number;
  readonly headings: number;
  readonly title: string;
  readonly background: string;
}

const LOOKS = `({
  wide: document.documentElement.scrollWidth - window.innerWidth,
  headings: document.querySelectorAll('main h1').length,
  title: document.title,
  background: getComputedStyle(document.body).backgroundColor,
})`;

/** What is left with its page, and what a browser says of each answer with 404: both were asked for. */
const EXPECTED =
  /^error: Failed to load resource: the server responded with a status of 4\d\d|\/(events|icon\.svg) net::ERR_ABORTED$/;

function unexpected(complaints: readonly string[]): string[] {
  return complaints.filter((line) => !EXPECTED.test(line));
}

/** Until what a page draws by itself is there. */
async function settled(page: Page, name: string): Promise<void> {
  if (name === 'run') await page.waitForSelector('#samples canvas');
  if (name === 'trend') await page.waitForSelector('.trend canvas');
}
