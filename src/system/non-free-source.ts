// SPDX-License-Identifier: GPL-2.0-only
/** Lets apt see Debian's non-free area, from the same place that the machine's main area comes from. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AptOptions, updateLists } from './apt.ts';
import { readDistribution } from './distribution.ts';

const SOURCES_FOLDER = '/etc/apt/sources.list.d';
const OWN_FILE = join(SOURCES_FOLDER, 'hoplab-non-free.sources');

/** Writes an own file of sources and fetches its lists. False: no source was found to derive it from. */
export async function addNonFreeSource(options: AptOptions): Promise<boolean> {
  const { codename } = await readDistribution();
  if (codename === null) return false;
  const derived = deriveNonFree(await readSources(), codename);
  if (derived === null) return false;
  options.say(`  write ${OWN_FILE}`);
  await writeFile(OWN_FILE, derived);
  await updateLists(options, OWN_FILE);
  return true;
}

/** The sources.list(5) stanza of non-free for the first source that brings main of this release; null without one. */
export function deriveNonFree(files: readonly string[], codename: string): string | null {
  for (const paragraph of files.flatMap(paragraphs)) {
    const words = (field: string) =>
      new RegExp(`^${field}:(.*)$`, 'im').exec(paragraph)?.[1]?.trim().split(/\s+/) ?? [];
    if (words('Enabled').includes('no') || !words('Types').includes('deb')) continue;
    if (!words('Suites').includes(codename) || !words('Components').includes('main')) continue;
    return `${paragraph
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .join('\n')
      .replace(/^Types:.*$/im, 'Types: deb')
      .replace(/^Suites:.*$/im, `Suites: ${codename}`)
      .replace(/^Components:.*$/im, 'Components: non-free')
      .trim()}\n`;
  }
  return null;
}

/** Both formats as deb822 paragraphs: `deb [options] uri suite component...` is rewritten. */
function paragraphs(text: string): string[] {
  const oneLine = [...text.matchAll(/^deb(?:\s+\[([^\]]*)\])?\s+(\S+)\s+(\S+)\s+(.+)$/gm)].map(
    ([, options = '', uri = '', suite = '', components = '']) => {
      const key = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
      const lines = [
        'Types: deb',
        `URIs: ${uri}`,
        `Suites: ${suite}`,
        `Components: ${components.replace(/#.*/, '').trim()}`,
      ];
      return [...lines, ...(key === undefined ? [] : [`Signed-By: ${key}`])].join('\n');
    },
  );
  return [...oneLine, ...text.split(/\n\s*\n/).filter((part) => /^Types:/im.test(part))];
}

async function readSources(): Promise<string[]> {
  // apt reads no others: "debian.sources.disabled" is off.
  const names = (await readdir(SOURCES_FOLDER).catch(() => [])).filter((name) => /\.(sources|list)$/.test(name));
  const files = ['/etc/apt/sources.list', ...names.sort().map((name) => join(SOURCES_FOLDER, name))];
  return Promise.all(files.filter((file) => file !== OWN_FILE).map((file) => readFile(file, 'utf8').catch(() => '')));
}
