// SPDX-License-Identifier: GPL-2.0-only
/** `npm run docs`: writes every committed file that is made by code, and says which were not up to date. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectFolder } from '../fixtures/project-folder.ts';
import { generatedFiles } from './files.ts';

const files = await generatedFiles();
let changed = 0;
for (const [name, text] of files) {
  const path = join(projectFolder(), name);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`wrote ${name}`);
  changed++;
}
// The page of a command that is no more.
const man = join(projectFolder(), 'man');
for (const name of readdirSync(man)) {
  if (files.has(`man/${name}`)) continue;
  rmSync(join(man, name));
  console.log(`removed man/${name}`);
  changed++;
}
console.log(`${files.size} files, ${changed} changed`);
