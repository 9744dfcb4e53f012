// SPDX-License-Identifier: GPL-2.0-only
/** The codes that errors carry: those of the system, told from all others. */

/** "ENOENT"; null = an error without a code, or none at all. */
export function errnoOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** Whether an error is one of these system errors. */
export function isErrno(error: unknown, codes: readonly string[]): boolean {
  const code = errnoOf(error);
  return code !== null && codes.includes(code);
}
