/* SPDX-License-Identifier: GPL-2.0-only */
/* How the launcher itself fails: a message, and a code that no program inside is likely to have. */
#ifndef HOPLAB_LAUNCH_FAIL_H
#define HOPLAB_LAUNCH_FAIL_H

/* As env(1) and chroot(1) have them. */
#define EXIT_LAUNCH 125
#define EXIT_NOEXEC 126
#define EXIT_NOENT  127

/* Says what was tried, and what errno says of it. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A number of the command line; dies of another. */
long number_of(const char *what, const char *text, long low, long high);

#endif
