/** Finds the folder of a diagnosis: by its path, its id, or a unique beginning of that. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { DIAGNOSES_FOLDER, DIAGNOSIS_FILE } from './diagnosis-folder.ts';
import { isRunId, RUN_FILES } from './layout.ts';

/** Whether a folder holds a diagnosis and no run. */
export function isDiagnosisFolder(folder: string): boolean {
  return existsSync(join(folder, DIAGNOSIS_FILE)) && !existsSync(join(folder, RUN_FILES.header));
}

/** null = it is none: a run, or nothing at all. `root` is the folder of runs. */
export function findDiagnosis(argument: string, root: string): string | null {
  if (argument.includes('/') || argument.includes(sep) || argument === '.' || argument === '..') {
    const folder = resolve(argument);
    return isDiagnosisFolder(folder) ? folder : null;
  }
  const folders = join(root, DIAGNOSES_FOLDER);
  const ids = listIds(folders).filter((id) => id.startsWith(argument));
  const [id, second] = ids.includes(argument) ? [argument] : ids;
  return argument === '' || id === undefined || second !== undefined ? null : join(folders, id);
}

function listIds(folders: string): string[] {
  try {
    return readdirSync(folders).filter((name) => isRunId(name) && isDiagnosisFolder(join(folders, name)));
  } catch {
    return []; // no diagnosis yet
  }
}
