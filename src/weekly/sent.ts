// SPDX-License-Identifier: GPL-2.0-only
/** Keeps a report in sent/ of its notebook: what it tells is no news in later ones. */
import { join } from 'node:path';
import { makeFolders, ownerBehindSudo, writeAtomic } from '../run-store/write-atomic.ts';
import { NOTEBOOK_FILES, readSent } from './read-notebook.ts';

/** Never over one of the same week: that may be what was sent. Gives the file's path. */
export async function keepReport(folder: string, week: string, text: string): Promise<string> {
  const same = readSent(folder).filter((report) => report.week === week);
  const known = same.find((report) => report.text === text);
  if (known !== undefined) return known.file;
  const file = join(folder, NOTEBOOK_FILES.sent, `${sentName(week, same.length)}.txt`);
  const owner = ownerBehindSudo();
  await makeFolders(join(folder, NOTEBOOK_FILES.sent), owner);
  await writeAtomic(file, text, owner);
  return file;
}

/** "2026-W47", and "2026-W47-2" for what was sent again. */
export function sentName(week: string, earlier: number): string {
  return earlier === 0 ? week : `${week}-${earlier + 1}`;
}
