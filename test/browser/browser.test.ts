// SPDX-License-Identifier: GPL-2.0-only
/** The browser of these tests itself. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openPage, startBrowser } from '../support/browser.ts';
import { needs } from '../support/needs.ts';

it('a page that throws or misses a file is heard', { skip: needs('linux') }, async () => {
  const browser = await startBrowser();
  try {
    await using opened = await openPage(browser);
    await opened.page.setContent(
      '<title>t</title><script>throw new Error("gone")</script><img src="file:///nowhere.png">',
    );
    assert.equal(await opened.page.title(), 't');
    assert.ok(opened.complaints.some((line) => line.includes('gone')));
  } finally {
    await browser.close();
  }
});
