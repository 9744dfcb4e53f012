// SPDX-License-Identifier: GPL-2.0-only
/** A headless Chromium, as a reader of our pages has it, that keeps what a page complained of. */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findTool } from '../../src/system/find-tool.ts';

export interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  /** What the page wrote as an error or a warning, threw, or asked the network for and did not get. */
  readonly complaints: readonly string[];
}

export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
  /** False: as in a browser that runs no scripts. */
  readonly scripts?: boolean;
}

export const DESKTOP: Screen = { width: 1280, height: 900 };
export const PHONE: Screen = { width: 390, height: 844 };

/** On the busiest machine a browser, or what a page is to show, is there by then. */
const DEADLINE_MS = 120_000;

/** Throws where Debian's package `chromium` is not installed: `./setup.sh --dev` brings it. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = await findTool('chromium');
  if (executablePath === null) throw new Error('chromium is not there: ./setup.sh --dev installs it');
  // Its sandbox refuses root; the pages are our own.
  return chromium.launch({ executablePath, timeout: DEADLINE_MS, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** A page in a context of its own: no cookie or cache of another test. */
export async function openPage(browser: Browser, screen: Screen = DESKTOP): Promise<OpenedPage> {
  const context: BrowserContext = await browser.newContext({
    viewport: { width: screen.width, height: screen.height },
    colorScheme: screen.dark ? 'dark' : 'light',
    javaScriptEnabled: screen.scripts ?? true,
    acceptDownloads: false,
  });
  context.setDefaultTimeout(DEADLINE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`threw: ${error.message}`));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}
