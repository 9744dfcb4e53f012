// SPDX-License-Identifier: GPL-2.0-only
/** Words before a command under real-time priority: the kernel ends it where it computes for half a minute without sleeping. */
export const BOUNDED = ['prlimit', '--rttime=30000000:31000000'] as const;
