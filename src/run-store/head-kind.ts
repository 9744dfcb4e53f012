// SPDX-License-Identifier: GPL-2.0-only
/** What kind of work the head of a run folder says that it holds. */
import { join } from 'node:path';
import { z } from 'zod';
import { RUN_FILES } from './layout.ts';
import { readJson } from './read-file.ts';

const kindPart = z.object({ kind: z.string() });

/** null: the head does not say, as that of a plain run, or cannot be read. */
export function readHeadKind(folder: string): string | null {
  try {
    return kindPart.safeParse(readJson(join(folder, RUN_FILES.header))).data?.kind ?? null;
  } catch {
    return null;
  }
}
