// SPDX-License-Identifier: GPL-2.0-only
/* Says which system call failed. */
#include "fail.h"
#include "ladder.h"

#include <string.h>

int fail(const char *what, int err)
{
	fprintf(stderr, "hoplab-ladder: %s: %s\n", what, strerror(err < 0 ? -err : err));
	return EXIT_SYSTEM;
}
