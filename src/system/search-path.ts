// SPDX-License-Identifier: GPL-2.0-only
/** Where programs are looked up: one rule for what asks whether a tool is there and for what starts it. */

/** What execvp(3) takes where there is no PATH. */
const WITHOUT_PATH = '/usr/local/bin:/usr/bin:/bin';

/** PATH, then the `sbin` beside each of its `bin`: a plain user's PATH lacks the folders of administrators' tools. */
export function searchPath(path = process.env.PATH): string {
  const folders = (path || WITHOUT_PATH).split(':').filter((folder) => folder !== '');
  const beside = folders.filter((folder) => /\/bin\/?$/.test(folder)).map((bin) => bin.replace(/bin\/?$/, 'sbin'));
  return [...new Set([...folders, ...beside])].join(':');
}
