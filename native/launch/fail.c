// SPDX-License-Identifier: GPL-2.0-only
/* Says why the launcher ends, and checks the numbers that it is given. */
#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void die(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	fputs("hoplab-launch: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, ": %s\n", strerror(err));
	exit(EXIT_LAUNCH);
}

long number_of(const char *what, const char *text, long low, long high)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || *end || end == text || value < low || value > high) {
		errno = EINVAL;
		die("%s %s", what, text);
	}
	return value;
}
