// SPDX-License-Identifier: GPL-2.0-only
/** Reads Markdown as far as the tests of the documentation need it: fenced blocks, links, headings, generated parts. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../fixtures/project-folder.ts';

export interface Block {
  readonly page: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** The words after the language: "no-run". */
  readonly words: readonly string[];
  readonly text: string;
  /** The line above the block: where a comment says why it is not run. */
  readonly above: string;
}

/** All pages for people, relative to the project. */
export function pages(): string[] {
  const inDocs = readdirSync(join(projectFolder(), 'docs'), { recursive: true })
    .map((name) => join('docs', String(name)))
    .filter((name) => name.endsWith('.md'));
  return ['README.md', 'CONTRIBUTING.md', ...inDocs.sort(), join('src', 'run-store', 'format.md')];
}

export function readPage(page: string): string {
  return readFileSync(join(projectFolder(), page), 'utf8');
}

export function blocksOf(page: string): Block[] {
  const lines = readPage(page).split('\n');
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; i++) {
    const info = /^```(.*)$/.exec(lines[i] ?? '')?.[1];
    if (info === undefined) continue;
    const end = lines.indexOf('```', i + 1);
    assert.ok(end > i, `${page}:${i + 1}: a block without an end`);
    const [language = '', ...words] = info.trim().split(/\s+/);
    const text = lines.slice(i + 1, end).join('\n');
    blocks.push({ page, line: i + 1, language, words, text, above: lines[i - 1] ?? '' });
    i = end;
  }
  return blocks;
}

export interface Link {
  readonly line: number;
  readonly target: string;
}

/** Links in the text, also those broken over lines; what stands in blocks and in `code` is none. */
export function linksOf(page: string): Link[] {
  const prose = proseLines(page).join('\n');
  const plain = prose.replaceAll(/`[^`\n]*`/g, 'code');
  return [...plain.matchAll(/\[[^\][]*\]\(([^)\s]+)\)/g)].map(({ 1: target = '', index }) => ({
    line: plain.slice(0, index).split('\n').length,
    target,
  }));
}

/** The anchors of a page's headings, made as GitHub makes them. */
export function anchorsOf(page: string): Set<string> {
  const headings = proseLines(page).flatMap((line) => /^#{1,6} (.+)$/.exec(line)?.[1] ?? []);
  const anchors = new Set<string>();
  for (const heading of headings) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let copy = 1; anchors.has(anchor); copy++) anchor = `${slug}-${copy}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** All lines of a page, those of blocks empty. */
function proseLines(page: string): string[] {
  let inside = false;
  return readPage(page)
    .split('\n')
    .map((line) => {
      const fence = line.startsWith('```');
      if (fence) inside = !inside;
      return fence || inside ? '' : line;
    });
}

/** The page with what stands between `<!-- generated: NAME -->` and `<!-- end -->` put in anew. */
export function withGenerated(text: string, parts: Readonly<Record<string, string>>): string {
  return text.replaceAll(/<!-- generated: ([a-z]+) -->\n[\s\S]*?<!-- end -->/g, (_, name: string) => {
    const part = parts[name];
    assert.ok(part !== undefined, `nothing generates "${name}"`);
    return `<!-- generated: ${name} -->\n\n${part.trim()}\n\n<!-- end -->`;
  });
}

/** The names of a page's generated parts. */
export function generatedNames(text: string): string[] {
  return [...text.matchAll(/<!-- generated: ([a-z]+) -->/g)].map(([, name = '']) => name);
}
