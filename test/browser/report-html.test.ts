// SPDX-License-Identifier: GPL-2.0-only
/** The HTML report in a real browser: from a file, wide and narrow, light and dark, on paper, by keyboard, without scripts. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import type { Recorded } from '../../src/experiments/experiment.ts';
import { renderHtml } from '../../src/render/html/page.ts';
import { allShown, hostileRun, paged, shownRun } from '../fixtures/subjects.ts';
import { DESKTOP, type OpenedPage, openPage, PHONE, type Screen, startBrowser } from '../support/browser.ts';
import { needs } from '../support/needs.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe('the HTML report in a browser', { skip: needs('linux') }, () => {
  let browser: Browser;
  let folder = '';
  const pages = new Map<string, string>();

  before(async () => {
    browser = await startBrowser();
    folder = mkdtempSync(join(tmpdir(), 'hoplab-test-'));
    const all = await allShown();
    const write = (name: string, some: readonly Recorded[]): void => {
      const file = join(folder, `${name}.html`);
      writeFileSync(file, renderHtml(paged(some), '0.1.0'));
      pages.set(name, pathToFileURL(file).href);
    };
    write('run', [await shownRun()]);
    write(
      'trace',
      all.filter(({ kind }) => kind === 'trace'),
    );
    write(
      'diagnosis',
      all.filter(({ kind }) => kind === 'diagnosis'),
    );
    write('several', all);
    write('hostile', [await hostileRun()]);
  });

  after(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(name: string, screen: Screen = DESKTOP): Promise<OpenedPage> {
    const opened = await openPage(browser, screen);
    await opened.page.goto(pages.get(name) ?? '');
    return opened;
  }

  for (const name of ['run', 'trace', 'diagnosis', 'several', 'hostile']) {
    it(`${name}: nothing complains, nothing is fetched, and only tables and charts scroll sideways`, async () => {
      for (const screen of [DESKTOP, PHONE, { ...PHONE, dark: true }]) {
        await using opened = await open(name, screen);
        await openAll(opened.page);
        assert.deepEqual(opened.complaints, []);
        const [wide, window] = await opened.page.evaluate<[number, number]>(
          '[document.documentElement.scrollWidth, innerWidth]',
        );
        assert.ok(wide <= window, `${wide} of ${window} at ${screen.width}`);
        assert.equal(await opened.page.evaluate('performance.getEntriesByType("resource").length'), 0);
      }
    });
  }

  it('has charts that a phone shows whole, with labels of axes that do not touch', async () => {
    for (const name of ['run', 'trace', 'several'])
      for (const screen of [PHONE, { width: 800, height: 900 }]) {
        await using opened = await open(name, screen);
        await openAll(opened.page);
        // What is far from the screen is not laid out, and has no places to compare.
        await opened.page.evaluate(
          "for (const section of document.querySelectorAll('main section')) section.style.contentVisibility = 'visible'",
        );
        const faults = await opened.page.evaluate<string[]>(CHART_FAULTS);
        assert.deepEqual(faults, [], `${name} at ${screen.width}`);
        const shown = await opened.page.evaluate<number>(
          "[...document.querySelectorAll('svg.chart:not(.natural)')].filter((chart) => chart.checkVisibility()).length",
        );
        assert.ok(shown >= 1, `${name} at ${screen.width}`);
      }
  });

  it('passes axe, in light and in dark, with everything unfolded', async () => {
    for (const [name, screen] of [
      ['run', DESKTOP],
      ['several', { ...PHONE, dark: true }],
    ] as const) {
      await using opened = await open(name, screen);
      await openAll(opened.page);
      // Through the debugger, because the page's own policy lets no other script in.
      await opened.page.evaluate(AXE);
      const found = await opened.page.evaluate<string[]>(
        `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })
          .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ html, failureSummary }) => id + ': ' + html.slice(0, 200) + ' ' + failureSummary)))`,
      );
      assert.deepEqual(found, [], `${name} at ${screen.width}`);
    }
  });

  it('can be walked through by keyboard: skip link, folds, sorting', async () => {
    await using opened = await open('run');
    const { page } = opened;
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.className'), 'skip');
    await page.keyboard.press('Enter');
    await page.waitForURL(/#main$/);
    assert.equal(await page.evaluate('document.activeElement.id'), 'main');
    const head = page.locator('#table thead button').nth(4);
    await head.focus();
    await page.keyboard.press('Enter');
    const column = () =>
      page.evaluate<number[]>(
        "[...document.querySelector('#table table').tBodies[0].rows].map((row) => Number(row.cells[4].querySelector('data').value))",
      );
    const ascending = await column();
    assert.deepEqual(
      ascending,
      [...ascending].sort((a, b) => a - b),
    );
    await page.keyboard.press('Enter');
    assert.deepEqual(await column(), ascending.toReversed());
    const fold = page.locator('#environment summary').last();
    await fold.focus();
    await page.keyboard.press('Enter');
    assert.ok(await page.evaluate('document.activeElement.parentElement.open'));
  });

  it('zooms into the samples by button and by dragging, and back', async () => {
    await using opened = await open('run');
    const { page, complaints } = opened;
    const band = page.locator('#time .band').first();
    const whole = await band.getAttribute('d');
    const tools = page.locator('#time .tools').first();
    await tools.getByText('zoom in').click();
    const zoomed = await band.getAttribute('d');
    assert.notEqual(zoomed, whole);
    assert.match((await tools.locator('[role=status]').textContent()) ?? '', / to /);
    const chart = page.locator('#time svg.chart').first();
    // Sections are laid out as they come near: only what the browser itself points at stands still.
    await chart.hover({ position: { x: 450, y: 60 } });
    await page.mouse.down();
    await chart.hover({ position: { x: 700, y: 80 } });
    await page.mouse.up();
    assert.notEqual(await band.getAttribute('d'), zoomed);
    await tools.getByText('all', { exact: true }).click();
    // What the script draws of the whole is what was there, to a tenth of a unit.
    const drawn = (await band.getAttribute('d'))?.split('M').length ?? 0;
    assert.ok(Math.abs(drawn - (whole?.split('M').length ?? 0)) <= 1);
    assert.deepEqual(complaints, []);
  });

  it("shows every path's value under the pointer, as the table of quantiles has it", async () => {
    await using opened = await open('run');
    const { page, complaints } = opened;
    const chart = page.locator('#distribution svg.hovered').first();
    // The middle of the chart's share: half of its transactions.
    const half = await page.evaluate<number>(
      "(() => { const svg = document.querySelector('#distribution svg.hovered'); const { top, bottom } = JSON.parse(svg.dataset.hover); return ((top + bottom) / 2) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width; })()",
    );
    await chart.hover({ position: { x: 300, y: half } });
    const box = page.locator('#distribution .values').first();
    assert.match((await box.locator('b').textContent()) ?? '', /^p(49|50|51)/);
    const shown = await box.locator('div').allTextContents();
    const medians = await page.evaluate<Record<string, number>>(
      `Object.fromEntries([...document.querySelector('table[data-name=quantiles]').tBodies[0].rows].map((row) => {
        const heads = [...row.parentNode.parentNode.tHead.rows[0].cells].map((cell) => cell.textContent);
        return [row.cells[0].textContent.trim(), Number(row.cells[heads.indexOf('p50')].querySelector('data').value)]; }))`,
    );
    assert.ok(shown.length >= 2);
    for (const line of shown) {
      const [, label = '', us = ''] = /^(.*): ([0-9.]+) us$/.exec(line) ?? assert.fail(line);
      const median = medians[label] ?? assert.fail(`${label} is not in the table`);
      assert.ok(Math.abs(Number(us) * 1000 - median) / median < 0.03, `${line}, and ${median} ns in the table`);
    }
    assert.deepEqual(complaints, []);
  });

  it('keeps the path without a guest apart, and the quantiles whole', async () => {
    await using opened = await open('run');
    const { page } = opened;
    const first = (await page.locator('#distribution svg.hovered').first().textContent()) ?? '';
    assert.doesNotMatch(first, /^host$/m);
    assert.match((await page.locator('#distribution summary').first().textContent()) ?? '', /^host: no guest/);
    const [inner, outer] = await page.evaluate<[number, number]>(
      "(() => { const table = document.querySelector('table[data-name=quantiles]'); return [table.scrollWidth, table.closest('.wide').clientWidth]; })()",
    );
    assert.ok(inner <= outer, `${inner} of ${outer}`);
  });

  it('shuts the columns that a narrow page has no room for, and opens them where they are wanted', async () => {
    for (const screen of [PHONE, { width: 800, height: 900 }]) {
      await using opened = await open('run', screen);
      const { page } = opened;
      await page.evaluate(
        "for (const section of document.querySelectorAll('main section')) section.style.contentVisibility = 'visible'",
      );
      const sizes = await page.evaluate<[number, number][]>(
        "[...document.querySelectorAll('.folding > .wide')].map((wide) => [wide.scrollWidth, wide.clientWidth])",
      );
      assert.ok(sizes.length >= 2);
      for (const [inner, outer] of sizes) assert.ok(inner <= outer, `${inner} of ${outer} at ${screen.width}`);
      const quantiles = page.locator('.folding:has(table[data-name=quantiles])').first();
      const shown = () => quantiles.locator('thead th:visible').count();
      const before = await shown();
      assert.ok((await quantiles.locator('thead th:visible').allTextContents()).includes('p50'));
      await quantiles.getByRole('checkbox').check();
      assert.ok((await shown()) > before, `${before} at ${screen.width}`);
    }
  });

  it('says all of it without scripts', async () => {
    await using opened = await open('run', { ...DESKTOP, scripts: false });
    const text = (await opened.page.locator('main').textContent()) ?? '';
    for (const word of ['macvtap', 'A/A control', 'emulated guest', 'Notes and method', 'p99'])
      assert.ok(text.includes(word), word);
    assert.equal(await opened.page.locator('button').count(), 0);
    assert.ok((await opened.page.locator('svg[role=img]').count()) >= 8);
  });

  for (const name of ['run', 'trace', 'diagnosis', 'several', 'hostile']) {
    it(`${name}: no column and no chart lies beyond the edge of a page of A4`, async () => {
      await using opened = await open(name, PAPER);
      await openAll(opened.page);
      await opened.page.emulateMedia({ media: 'print' });
      const wide = await opened.page.evaluate<number>('document.documentElement.scrollWidth');
      assert.ok(wide <= PAPER.width, `${wide}`);
    });
  }

  it('prints on paper, light whatever the screen is, with what is folded', async () => {
    await using opened = await open('run', { ...DESKTOP, dark: true });
    const { page } = opened;
    await page.emulateMedia({ media: 'print' });
    const style = await page.evaluate<[string, string]>(
      "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('nav.contents')).display]",
    );
    assert.deepEqual(style, ['rgb(255, 255, 255)', 'none']);
    const pdf = await page.pdf({ format: 'A4' });
    assert.ok(pdf.subarray(0, 5).toString() === '%PDF-' && pdf.length > 50_000);
  });
});

/** Of each chart that is shown: what is wider than its place, cut by its edge, or stands on another label. A large one may scroll. */
const CHART_FAULTS = `[...document.querySelectorAll('svg.chart:not(.natural)')].filter((chart) => chart.checkVisibility({ contentVisibilityAuto: false })).flatMap((chart) => {
  const name = chart.querySelector('title').textContent;
  const whole = chart.getBoundingClientRect();
  const place = chart.closest('.wide').getBoundingClientRect();
  const faults = !chart.classList.contains('large') && whole.width > place.width + 1 ? [name + ': wider than its place'] : [];
  const texts = [...chart.querySelectorAll('.axis text')].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
  for (const { text, box } of texts) if (box.left < whole.left - 1 || box.right > whole.right + 1) faults.push(name + ': cut: ' + text);
  for (const [i, { text, box }] of texts.entries())
    for (const other of texts.slice(i + 1))
      if (box.left < other.box.right && other.box.left < box.right && box.top < other.box.bottom - 2 && other.box.top < box.bottom - 2) faults.push(name + ': ' + text + ' on ' + other.text);
  return faults;
})`;

/** The width of a page of A4 in CSS pixels, without the margins that Chromium takes. */
const PAPER: Screen = { width: 718, height: 1000 };

async function openAll(page: Page): Promise<void> {
  await page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true");
}
