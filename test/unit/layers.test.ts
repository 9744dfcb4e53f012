// SPDX-License-Identifier: GPL-2.0-only
/** The layers of docs/design.md hold: what imports what, read from the sources themselves. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { it } from 'node:test';
import { projectFolder } from '../fixtures/project-folder.ts';

/** Layer -> the layers that it may import besides itself and the model; a name with a slash is one file of a layer. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  model: [],
  system: [],
  stats: [],
  probes: ['stats', 'schema'],
  frame: [],
  backends: ['system', 'frame'],
  wires: [],
  checks: ['system', 'guest', 'vmms'],
  machines: ['system', 'guest', 'nic'],
  bridge: ['system'],
  nic: ['system'],
  guest: ['system'],
  vmms: ['system', 'guest', 'diagnose'],
  'run-store': ['probes', 'words'],
  experiments: ['run-store', 'trace', 'results', 'render', 'words'],
  'run-index': ['run-store', 'experiments', 'words'],
  words: ['stats'],
  results: ['stats', 'run-store', 'probes', 'trace', 'vmms', 'words'],
  render: ['stats', 'probes', 'run-store', 'trace', 'results', 'words'],
  compare: ['stats', 'run-store', 'results', 'render', 'experiments', 'words', 'probes', 'vmms'],
  schema: [],
  config: ['backends', 'machines', 'wires', 'vmms', 'probes', 'schema'],
  weekly: ['schema', 'run-store', 'results', 'render', 'experiments', 'words'],
  diagnose: ['system', 'stats', 'probes', 'backends', 'frame'],
  trace: ['system', 'stats', 'probes', 'backends', 'frame'],
  lab: [
    'nic',
    'system',
    'wires',
    'machines',
    'stats',
    'probes',
    'backends',
    'guest',
    'vmms',
    'checks',
    'run-store',
    'results',
    'words',
    'diagnose',
    'trace',
  ],
  web: [
    'system',
    'stats',
    'probes',
    'run-store',
    'run-index',
    'results',
    'render',
    'experiments',
    'words',
    'trace',
    'compare',
  ],
  cli: [
    'web',
    'run-index',
    'bridge',
    'nic',
    'system',
    'stats',
    'probes',
    'backends',
    'guest',
    'vmms',
    'checks',
    'run-store',
    'results',
    'render',
    'experiments',
    'words',
    'compare',
    'schema',
    'config',
    'weekly',
    'diagnose',
    'trace',
    'lab',
  ],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

const SOURCES = join(projectFolder(), 'src');
const FILES = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const IMPORTS: readonly Import[] = FILES.flatMap((from) =>
  [...readFileSync(join(SOURCES, from), 'utf8').matchAll(/(?:\bfrom|\bimport\(|^import)\s*'([^']+)'/gm)].map(
    ([, word = '']) => ({ from, to: word.startsWith('.') ? posix.join(posix.dirname(from), word) : word }),
  ),
);
const layerOf = (file: string) => file.split('/')[0] ?? '';

it('every file is in a known layer, and every relative import names a source file', () => {
  assert.deepEqual(
    FILES.filter((file) => ALLOWED[layerOf(file)] === undefined),
    [],
  );
  assert.deepEqual(
    IMPORTS.filter(({ to }) => to.endsWith('.ts') && !FILES.includes(to)),
    [],
  );
  assert.ok(IMPORTS.length > 300);
});

it('a layer imports itself, the model and what is below it, and nothing imports cli', () => {
  const up = IMPORTS.filter(({ from, to }) => {
    const [here, there] = [layerOf(from), layerOf(to)];
    return FILES.includes(to) && here !== there && there !== 'model' && !ALLOWED[here]?.includes(there);
  });
  assert.deepEqual(up, []);
});

/** Rooms of lab -> the rooms that they may import; the files on top are the commands, and import all. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  plan: [],
  live: ['plan'],
  measure: ['plan', 'live'],
  trace: ['plan', 'live', 'measure'],
  diagnose: ['plan', 'live'],
};

it('a room of the lab imports itself and the rooms below it', () => {
  const roomOf = (file: string) => /^lab\/([^/]+)\//.exec(file)?.[1] ?? null;
  const wrong = IMPORTS.filter(({ from, to }) => {
    const [here, there] = [roomOf(from), roomOf(to)];
    if (here === null || !to.startsWith('lab/') || here === there) return false;
    return there === null || !ROOMS[here]?.includes(there);
  });
  assert.deepEqual(wrong, []);
});

it('only src/system/exec.ts starts processes', () => {
  const starters = IMPORTS.filter(({ to }) => /^(node:)?child_process$/.test(to)).map(({ from }) => from);
  assert.deepEqual(starters, ['system/exec.ts']);
});

it('no file imports itself by way of others, types included', () => {
  const of = new Map(FILES.map((file) => [file, IMPORTS.filter(({ from }) => from === file).map(({ to }) => to)]));
  const done = new Set<string>();
  const circles: string[][] = [];
  const walk = (file: string, way: readonly string[]): void => {
    const at = way.indexOf(file);
    if (at >= 0) circles.push([...way.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    for (const to of of.get(file) ?? []) walk(to, [...way, file]);
    done.add(file);
  };
  for (const file of FILES) walk(file, []);
  assert.deepEqual(circles, []);
});

it('only model/place.ts names the hosts of a lab', () => {
  const named = FILES.filter((file) => /'host[12]'/.test(readFileSync(join(SOURCES, file), 'utf8')));
  assert.deepEqual(named, ['model/place.ts']);
});

it('only model/attempt.ts says what a failed attempt looks like', () => {
  const own = FILES.filter((file) => /\bok: (true|false)\b/.test(readFileSync(join(SOURCES, file), 'utf8')));
  assert.deepEqual(own, ['model/attempt.ts']);
});

it('no source has more than 300 lines', () => {
  const long = FILES.filter((file) => readFileSync(join(SOURCES, file), 'utf8').split('\n').length - 1 > 300);
  assert.deepEqual(long, []);
});

it('no folder has more than 25 files beside folders', () => {
  const all = readdirSync(SOURCES, { recursive: true, withFileTypes: true });
  const parents = new Set(all.filter((entry) => entry.isDirectory()).map((entry) => entry.parentPath));
  const filesIn = (folder: string) => all.filter((entry) => entry.isFile() && entry.parentPath === folder).length;
  const full = [...parents].filter((folder) => filesIn(folder) > 25);
  assert.deepEqual(full, []);
});
