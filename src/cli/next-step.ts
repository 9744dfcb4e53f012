// SPDX-License-Identifier: GPL-2.0-only
/** What to type next: said at the end of a command whose result lies in a folder. */

/** A run of a folder of runs that was named on the command line is found by its path alone. */
export function pageHint(id: string, folder: string, runs: string | undefined): string {
  return `as a page, to open or to send: hoplab report ${runs === undefined ? id : folder} --html report.html`;
}
