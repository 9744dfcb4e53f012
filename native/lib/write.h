/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing to files and pipes. */
#ifndef HOPLAB_WRITE_H
#define HOPLAB_WRITE_H

#include <stddef.h>

/* All of it, however many calls that takes: 0 or -errno. */
int write_all(int fd, const void *bytes, size_t len);

#endif
