// SPDX-License-Identifier: GPL-2.0-only
/** The names that a user gives, and those made from them. */

/** A path's name: it becomes part of device names, which Linux limits to 15 characters. */
export const PATH_NAME = /^[a-z][a-z0-9-]{0,11}$/;
export const LAB_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;
export const PROBE_NAME = /^[a-z0-9][a-z0-9-]{0,47}$/;

/** What the twin of a path is called; no path of the user's may have such a name. */
const TWIN_SUFFIX = '-twin';

export function twinNameOf(path: string): string {
  return `${path}${TWIN_SUFFIX}`;
}
