// SPDX-License-Identifier: GPL-2.0-only
/** Gives the memory of columns back at once. */

/**
 * Columns that are done with, which nobody may read again. Large ones otherwise wait for a collection of old garbage, and a join of
 * 10 million records has 230 MB of them when the breakdown of its timelines begins. A transfer leaves the column empty; the copy
 * that nobody holds is young garbage, which goes soon. ArrayBuffer's own transfer() came with Node 21.
 */
export function giveBack(...columns: readonly { readonly buffer: ArrayBufferLike }[]): void {
  for (const { buffer } of columns)
    if (buffer instanceof ArrayBuffer && buffer.byteLength > 0) structuredClone(buffer, { transfer: [buffer] });
}
