// SPDX-License-Identifier: GPL-2.0-only
/** The shape of the native parts: short files, folders that can be overlooked, and units that need each other one way. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { it } from 'node:test';
import { projectFolder } from '../fixtures/project-folder.ts';

const NATIVE = join(projectFolder(), 'native');
const MOST_LINES = 300;
const MOST_FILES = 25;

const ENTRIES = readdirSync(NATIVE, { recursive: true, withFileTypes: true });
const FILES = ENTRIES.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));

it('no source has more than 300 lines', () => {
  const long = FILES.filter((file) => textOf(file).split('\n').length - 1 > MOST_LINES);
  assert.deepEqual(long, []);
});

it('no folder has more than 25 files beside folders', () => {
  const parents = new Set(ENTRIES.filter((entry) => entry.isDirectory()).map((entry) => entry.parentPath));
  const full = [...parents].filter((folder) => FILES.filter((file) => dirname(file) === folder).length > MOST_FILES);
  assert.deepEqual(full, []);
});

it('no two units include each other, be it by way of others', () => {
  const sources = FILES.filter((file) => /(?<!\.bpf)\.[ch]$/.test(file));
  const needs = new Map<string, Set<string>>();
  for (const file of sources) {
    const unit = unitOf(file);
    const needed = needs.get(unit) ?? new Set();
    for (const [, name = ''] of textOf(file).matchAll(/^#include "([^"]+)"/gm)) {
      const beside = normalize(join(dirname(file), name));
      const found = existsSync(beside) ? beside : join(NATIVE, 'lib', name);
      if (unitOf(found) !== unit) needed.add(unitOf(found));
    }
    needs.set(unit, needed);
  }
  assert.ok(needs.size > 100);
  assert.deepEqual(
    [...needs.keys()].filter((unit) => reached(needs, unit).has(unit)),
    [],
  );
});

function textOf(file: string): string {
  return readFileSync(file, 'utf8');
}

/** A source and its header; whoever has main() is one alone, since a header of the tool's name is for all of its files. */
function unitOf(file: string): string {
  if (file.endsWith('.c') && /^int main\(/m.test(textOf(file))) return file;
  return file.replace(/\.[ch]$/, '');
}

/** All that a unit needs, and what that needs. */
function reached(needs: ReadonlyMap<string, ReadonlySet<string>>, unit: string): Set<string> {
  const seen = new Set<string>();
  const queue = [...(needs.get(unit) ?? [])];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    queue.push(...(needs.get(next) ?? []));
  }
  return seen;
}
