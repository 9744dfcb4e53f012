/** Where the lab of a command comes from: a lab file or the defaults, with the flags laid over it. */
import { readLabFile } from '../config/parse-lab-file.ts';
import { defaultLabSpec } from '../config/to-lab-spec.ts';
import type { LabSpec } from '../model/lab-spec.ts';
import type { LabFlags } from './lab-options.ts';
import { overrideLab } from './lab-overrides.ts';

export async function loadLab(file: string | undefined, flags: LabFlags): Promise<LabSpec> {
  return overrideLab(file === undefined ? defaultLabSpec() : await readLabFile(file), flags);
}
