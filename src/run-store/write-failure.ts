// SPDX-License-Identifier: GPL-2.0-only
/** What a failed write means to the user: a full disk, a folder that cannot be written, or a bug. */

import { isErrno } from '../model/errno.ts';
import { HoplabError } from '../model/errors.ts';

export interface FailedWrite {
  readonly folder: string;
  /** "write run.json". */
  readonly attempt: string;
  /** How many blocks the folder already holds; null where it is none of a run. */
  readonly blocks: number | null;
  /** The command that wants to write; default hoplab run. */
  readonly command?: string;
}

const FULL = ['ENOSPC', 'EDQUOT'];

/** Every other system error than a full disk by which a place refuses to be read or written, and what it means. */
const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of that path is a file',
  ENOENT: 'a part of that path leads nowhere',
  ELOOP: 'the symbolic links of that path go round in a circle',
  ENAMETOOLONG: 'that path is too long',
  EIO: 'the disk answers with an error',
};

/** DISK_FULL or RUN_NOT_WRITABLE with what is kept; an error of any other kind as it came. */
export function writeFailure(error: unknown, write: FailedWrite): unknown {
  if (isErrno(error, FULL)) return diskFull(error, write);
  const why = refusalWords(error);
  return why === null ? error : notWritable(error, write, why);
}

/** "permission denied (EACCES)"; null: no way in which a place refuses. */
export function refusalWords(error: unknown): string | null {
  if (isErrno(error, FULL)) return 'no space left on that disk';
  const refusal = Object.keys(REFUSALS).find((code) => isErrno(error, [code]));
  return refusal === undefined ? null : `${REFUSALS[refusal]} (${refusal})`;
}

function diskFull(cause: unknown, { folder, attempt, blocks, command = 'hoplab run' }: FailedWrite): HoplabError {
  return new HoplabError({
    code: 'DISK_FULL',
    message: `${attempt} in ${folder}: no space left on that disk${blocks === null ? '' : `; ${kept(blocks)} there`}`,
    hint:
      blocks === 0 || blocks === null
        ? `free space, or put runs elsewhere: HOPLAB_RUNS=/other/disk ${command}`
        : `hoplab report ${folder} shows what is kept; then free space, or HOPLAB_RUNS=/other/disk ${command}`,
    cause,
  });
}

function notWritable(
  cause: unknown,
  { folder, attempt, blocks, command = 'hoplab run' }: FailedWrite,
  why: string,
): HoplabError {
  const have = blocks === 0 || blocks === null ? '' : `; ${kept(blocks)} there`;
  return new HoplabError({
    code: 'RUN_NOT_WRITABLE',
    message: `${attempt} in ${folder}: ${why}${have}`,
    hint: `put runs into a folder that you may write: HOPLAB_RUNS=/other/folder ${command}`,
    cause,
  });
}

function kept(blocks: number): string {
  if (blocks === 0) return 'no block was finished';
  return `${blocks} finished block${blocks === 1 ? ' is' : 's are'} kept`;
}
