// SPDX-License-Identifier: GPL-2.0-only
/** Tells by which words this program was called, so that hints can be typed as they are printed. */
import { basename, dirname, isAbsolute, relative } from 'node:path';

/** The variable in which the checkout's `hoplab` hands over its own name. */
const OWN_NAME = 'HOPLAB_CALLED';

export interface Call {
  readonly env: NodeJS.ProcessEnv;
  /** The file that Node runs, as it was named. */
  readonly file: string;
  readonly cwd: string;
}

/** "hoplab", "./hoplab", "npx hoplab", "node bin/hoplab.js"; what is none of these is "hoplab". */
export function calledAs({ env, file, cwd }: Call): string {
  const wrapper = env[OWN_NAME];
  if (wrapper !== undefined && wrapper !== '') return shortest(wrapper, { env, cwd });
  if (env.npm_command === 'exec') return 'npx hoplab';
  if (basename(file) === 'hoplab') return shortest(file, { env, cwd });
  return basename(file) === 'hoplab.js' ? `node ${relative(cwd, file)}` : 'hoplab';
}

/** As short as a shell in this folder takes it. */
function shortest(path: string, { env, cwd }: Pick<Call, 'env' | 'cwd'>): string {
  if (!isAbsolute(path)) return path;
  if ((env.PATH ?? '').split(':').includes(dirname(path))) return basename(path);
  const near = relative(cwd, path);
  return near.startsWith('..') ? path : `./${near}`;
}
