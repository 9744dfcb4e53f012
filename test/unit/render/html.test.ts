// SPDX-License-Identifier: GPL-2.0-only
/** The HTML page: complete, self-contained, and harmless whatever is in it. What it looks like is tested in a browser. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { runForms } from '../../../src/experiments/run/show.ts';
import { renderHtml } from '../../../src/render/html/page.ts';
import { htmlSections } from '../../../src/render/html/sections.ts';
import { hostileReport } from '../../fixtures/hostile.ts';
import { allShown, paged, recordedFigures, shownRun } from '../../fixtures/subjects.ts';
import { timed } from '../../support/timed.ts';

/** Start tags with their attributes; throws where the text is not well-formed as far as we write HTML. */
function tagsOf(html: string): { name: string; attributes: Map<string, string> }[] {
  const tags: { name: string; attributes: Map<string, string> }[] = [];
  const open: string[] = [];
  const VOID = new Set(['meta', 'br', 'img', 'link', 'input']);
  const body = html.replace(/<(style|script)>[\s\S]*?<\/\1>/g, '').replace(/^<!doctype html>/, '');
  for (const [whole, close, name = '', rest = '', selfClosed] of body.matchAll(
    /<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z0-9:-]+(?:="[^"]*")?)*)\s*(\/?)>|</g,
  )) {
    assert.notEqual(
      whole,
      '<',
      `a bare < near ${body.slice(Math.max(0, body.indexOf(whole) - 20), body.indexOf(whole) + 40)}`,
    );
    if (close === '/') assert.equal(open.pop(), name);
    else {
      if (selfClosed !== '/' && !VOID.has(name)) open.push(name);
      tags.push({
        name,
        attributes: new Map(
          [...rest.matchAll(/([a-zA-Z0-9:-]+)(?:="([^"]*)")?/g)].map(([, key = '', value = '']) => [key, value]),
        ),
      });
    }
  }
  assert.deepEqual(open, []);
  return tags;
}

function checkPage(html: string): void {
  const tags = tagsOf(html);
  const ids = tags.flatMap(({ attributes }) => attributes.get('id') ?? []);
  assert.equal(
    new Set(ids).size,
    ids.length,
    `ids stand twice: ${ids.filter((id, index) => ids.indexOf(id) !== index)}`,
  );
  for (const { name, attributes } of tags) {
    for (const [key, value] of attributes) {
      assert.ok(!key.startsWith('on') && key !== 'style' && key !== 'src', `${name} ${key}`);
      if (key === 'href') assert.ok(value.startsWith('#') && ids.includes(value.slice(1)), value);
      if (key === 'aria-labelledby') for (const id of value.split(' ')) assert.ok(ids.includes(id), id);
    }
    assert.ok(!['iframe', 'object', 'embed', 'img', 'link', 'base', 'form', 'foreignObject'].includes(name), name);
  }
  // The policy lets the two through that are here, and nothing else.
  for (const [, name, content = ''] of html.matchAll(/<(style|script)>([\s\S]*?)<\/\1>/g)) {
    const hash = createHash('sha256').update(content).digest('base64');
    assert.ok(html.includes(`${name}-src &#39;sha256-${hash}&#39;`), name);
  }
  const levels = tags.flatMap(({ name }) => (/^h[1-6]$/.test(name) ? [Number(name[1])] : []));
  for (const [index, level] of levels.entries())
    assert.ok(level <= (levels[index - 1] ?? 0) + 1, `h${level} after h${levels[index - 1]}`);
}

describe('the page of a report', () => {
  it('is whole and self-contained for a run, a trace, a diagnosis and all of them', async () => {
    const all = paged(await allShown());
    for (const some of [...all.map((one) => [one]), all]) checkPage(renderHtml(some, '0.1.0'));
  });

  it('shows what limits a run, its method, and every figure with its exact value', async () => {
    const { report } = (await recordedFigures()).figures;
    const html = renderHtml(paged([await shownRun()]), '0.1.0');
    for (const cell of report.probes.flatMap(({ cells }) => cells).map(timed))
      assert.ok(html.includes(`value="${cell.p99Ns}"`));
    for (const { text } of report.warnings)
      assert.ok(html.includes(text.replaceAll("'", '&#39;').replaceAll('>', '&gt;')), text);
    for (const word of ['back to back', 'K = ', 'Notes and method', 'Topology', 'Over time', 'Distributions'])
      assert.ok(html.includes(word), word);
  });

  it('stays the same page with hostile names in it', async () => {
    const { run, figures } = await recordedFigures();
    const report = hostileReport(figures.report);
    const names = new Map(
      figures.report.probes.flatMap((probe, p) =>
        probe.cells.map((cell, c) => [cell.path, report.probes[p]?.cells[c]?.path ?? ''] as const),
      ),
    );
    const evil = '</script><script>alert(1)</script>"\'><img src=x onerror=alert(1)>\u001b[31m';
    const hostile = runForms(run, {
      ...figures,
      report,
      distributions: figures.distributions.map((one) => ({
        ...one,
        path: names.get(one.path) ?? '',
        probe: report.probes[0]?.probe.name ?? '',
      })),
      paths: (figures.paths ?? []).map((path) => ({
        ...path,
        name: names.get(path.name) ?? path.name,
        backendPlan: {
          ...path.backendPlan,
          notes: [evil],
          nicOptions: { [evil]: evil },
          hops: path.backendPlan.hops.map((hop) => ({ ...hop, name: evil, device: evil })),
        },
      })),
      environment:
        figures.environment === null
          ? null
          : { ...figures.environment, hostname: evil, kernel: { release: evil, version: evil, commandLine: evil } },
    });
    const [page] = paged([hostile]);
    assert.ok(page);
    const html = renderHtml([page], evil);
    checkPage(html);
    assert.equal(html.split('<script>').length, 2);
    assert.ok(!html.includes('\u001b'));
    const sections = htmlSections(page.page)
      .map(({ html: part }) => part)
      .join('');
    assert.ok(!sections.includes('<script') && !sections.includes('<img'));
  });
});
