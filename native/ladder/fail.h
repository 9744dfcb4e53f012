/* SPDX-License-Identifier: GPL-2.0-only */
/* The way out where a system call failed: EXIT_SYSTEM. */
#ifndef HOPLAB_LADDER_FAIL_H
#define HOPLAB_LADDER_FAIL_H

int fail(const char *what, int err);

#endif
