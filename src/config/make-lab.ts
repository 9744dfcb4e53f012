// SPDX-License-Identifier: GPL-2.0-only
/** The one way to a lab: the text of a lab file or nothing, and what is laid over it. */
import { readFile } from 'node:fs/promises';
import { HoplabError, reasonOf } from '../model/errors.ts';
import type { LabSpec } from '../model/lab-spec.ts';
import { type LabOverrides, overrideLab } from './lab-overrides.ts';
import { parseLabFile } from './parse-lab-file.ts';
import { defaultLabSpec } from './to-lab-spec.ts';

/** `file` names it in errors, and its folder is where its relative paths start. */
export interface LabText {
  readonly file: string;
  readonly text: string;
}

/** null = the lab of every backend. Throws LAB_FILE_SYNTAX, LAB_FILE_INVALID, and USAGE for what does not fit the lab. */
export function makeLab(source: LabText | null, overrides: LabOverrides): LabSpec {
  return overrideLab(source === null ? defaultLabSpec() : parseLabFile(source.text, source.file), overrides);
}

/** Throws LAB_FILE_INVALID. */
export async function readLabText(file: string): Promise<LabText> {
  try {
    return { file, text: await readFile(file, 'utf8') };
  } catch (error) {
    throw new HoplabError({
      code: 'LAB_FILE_INVALID',
      message: `read the lab file ${file}: ${reasonOf(error)}`,
      hint: `hoplab init ${file} writes one; hoplab run without a file measures every backend`,
      cause: error,
    });
  }
}
