// SPDX-License-Identifier: GPL-2.0-only
/** The pages agree with the code: tables, hop diagrams, links, lab files and JSON in them. */
import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, it } from 'node:test';
import { backends } from '../../../src/backends/index.ts';
import { parseLabFile } from '../../../src/config/parse-lab-file.ts';
import { ERROR_CODES } from '../../../src/model/errors.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { plannedAlone } from '../../generated/backend-pages.ts';
import { anchorsOf, blocksOf, linksOf, pages, readPage } from '../../generated/markdown.ts';
import { drawnHops } from '../../support/trace/drawn-hops.ts';

const LANGUAGES = ['sh', 'text', 'yaml', 'json', 'ts'];

for (const backend of backends) {
  const page = `docs/backends/${backend.kind}.md`;

  describe(`the page of ${backend.kind}`, () => {
    it('draws the hops that are planned, in their order', () => {
      const planned = plannedAlone(backend.kind).path.backendPlan.hops;
      assert.deepEqual(
        drawnHops(backend.kind),
        planned.map(({ name, where, device }) => ({ name, where, device })),
      );
    });

    it('ends with the traps', () => assert.ok(anchorsOf(page).has('traps')));
  });
}

describe('links', () => {
  for (const page of pages()) {
    it(`of ${page} lead to files and headings that are there`, () => {
      for (const { target, line } of linksOf(page)) {
        assert.doesNotMatch(target, /^[a-z]+:/, `${page}:${line}: ${target} leads out of the project`);
        const [file = '', anchor] = target.split('#');
        const to = file === '' ? page : normalize(join(dirname(page), file));
        assert.ok(existsSync(join(projectFolder(), to)), `${page}:${line}: no ${to}`);
        if (anchor === undefined) continue;
        assert.ok(statSync(join(projectFolder(), to)).isFile());
        assert.ok(anchorsOf(to).has(anchor), `${page}:${line}: ${to} has no heading #${anchor}`);
      }
    });
  }

  it('lead from the README to every page', () => {
    const reached = new Set(['README.md']);
    for (const page of reached) {
      for (const { target } of linksOf(page)) {
        const to = normalize(join(dirname(page), target.replace(/#.*/, '')));
        if (to.endsWith('.md')) reached.add(to);
      }
    }
    assert.deepEqual(
      pages().filter((page) => !reached.has(page)),
      [],
    );
  });
});

describe('fenced blocks', () => {
  const blocks = pages().flatMap(blocksOf);

  it('name their language', () => {
    for (const { page, line, language } of blocks)
      assert.ok(LANGUAGES.includes(language), `${page}:${line}: ${language}`);
  });

  it('of YAML are lab files', () => {
    const labs = blocks.filter(({ language }) => language === 'yaml');
    assert.ok(labs.length >= 2);
    for (const { page, line, text } of labs) assert.ok(parseLabFile(text, `${page}-${line}.yaml`).paths.length > 0);
  });

  it('of JSON are JSON', () => {
    for (const { language, text } of blocks) if (language === 'json') JSON.parse(text);
  });

  it('of commands are run by a test, or say above them why not', () => {
    for (const { page, line, language, words, above } of blocks) {
      if (language !== 'sh') continue;
      const reason = /^<!-- no-run: \S.{10,} -->$/.test(above);
      assert.ok(words.length === 0 ? !reason : words.join() === 'no-run' && reason, `${page}:${line}`);
    }
  });
});

describe('error codes', () => {
  it('that pages name are in the table', () => {
    for (const page of ['README.md', 'docs/run.md', 'docs/troubleshooting.md', 'docs/methodology.md']) {
      for (const [, code = ''] of readPage(page).matchAll(/`([A-Z]+_[A-Z_]+)`/g)) {
        assert.ok(code in ERROR_CODES || /^(HOPLAB|SO|SCHED|CAP)_/.test(code), `${page}: ${code}`);
      }
    }
  });
});
