// SPDX-License-Identifier: GPL-2.0-only
/* Reads numbers. */
#include "number.h"

#include <errno.h>
#include <stdlib.h>

bool parse_number(const char *text, int64_t least, int64_t most, int64_t *value)
{
	const char *digits = *text == '-' ? text + 1 : text;
	char *end;

	/* strtoll() would take white space and a plus. */
	if (*digits < '0' || *digits > '9')
		return false;
	errno = 0;
	*value = strtoll(text, &end, 10);
	return !errno && !*end && *value >= least && *value <= most;
}
